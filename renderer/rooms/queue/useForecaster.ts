import { useEffect, useState } from 'react';
import { Forecaster } from '../../../contract/forecast.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';

/** What one knows of how long clips take here, read anew when one was made. */
export function useForecaster(): Forecaster {
  const version = useStudio((state) => state.libraryVersion);
  const [forecaster, setForecaster] = useState(() => new Forecaster([]));
  useEffect(() => {
    let over = false;
    client.queue.paces().then(
      (paces) => over || setForecaster(new Forecaster(paces)),
      // Times are then not told.
      () => {},
    );
    return () => {
      over = true;
    };
  }, [version]);
  return forecaster;
}
