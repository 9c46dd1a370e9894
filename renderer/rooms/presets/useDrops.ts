import { useEffect } from 'react';
import { readPlace } from '../../app/navigation.ts';
import { carriesFiles } from '../create/takePicture.ts';
import { offerSettingsOf, sayNothingCame, takeFile, takeText } from './receiving.ts';

/** In Create a picture that is dropped is what the clip goes on from. */
const isInput = (file: File): boolean =>
  readPlace(location.hash).room === 'create' &&
  !/^video\//.test(file.type) &&
  !/\.(?:reelpreset|reelpack)$/i.test(file.name);

/** Nothing of a page: of that, pictures are files as well. */
const carriesFilesAlone = (items: DataTransfer | null): boolean =>
  carriesFiles(items) && items?.types.every((type) => type === 'Files') === true;

const link = /reelwright:\/{0,3}preset\/|reelwright-preset:/i;

/** Presets, clips and pictures that are dropped anywhere in the window, and links that are. */
export function useDrops(): void {
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      // Whatever is dropped, the window does not become it.
      if (carriesFiles(event.dataTransfer) || event.dataTransfer?.types.includes('text/uri-list'))
        event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      const [file] = event.dataTransfer?.files ?? [];
      if (file) {
        event.preventDefault();
        return void (isInput(file) ? offerSettingsOf(file) : takeFile(file));
      }
      if (carriesFilesAlone(event.dataTransfer)) {
        event.preventDefault();
        return sayNothingCame();
      }
      const text = event.dataTransfer?.getData('text/plain') ?? '';
      if (!link.test(text)) return;
      event.preventDefault();
      void takeText(text);
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
}
