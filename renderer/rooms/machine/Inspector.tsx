import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Card, CardUser, Machine } from '../../../contract/telemetry.ts';
import { client } from '../../app/client.ts';
import { useMachine } from '../../app/strip/feed.ts';
import { amount } from './amounts.ts';
import styles from './Inspector.module.css';

/** The list costs the driver some milliseconds and holds it up meanwhile. */
const usersEvery = 10_000;

function useUsers(card: string): CardUser[] | 'failed' | null {
  const [users, setUsers] = useState<CardUser[] | 'failed' | null>(null);
  useEffect(() => {
    let gone = false;
    const read = () => {
      if (document.hidden) return;
      client.telemetry.users({ card }).then(
        (found) => gone || setUsers(found),
        () => gone || setUsers('failed'),
      );
    };
    read();
    const timer = setInterval(read, usersEvery);
    document.addEventListener('visibilitychange', read);
    return () => {
      gone = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', read);
    };
  }, [card]);
  return users;
}

function Meter({
  name,
  figure,
  share,
  ours = false,
}: {
  name: string;
  figure: string;
  /** Null where there is nothing to draw. */
  share: number | null;
  ours?: boolean;
}) {
  return (
    <li className={styles.meter}>
      <span className={styles.line}>
        <span className={styles.name}>{name}</span>
        <span className={styles.figure}>{figure}</span>
      </span>
      {share !== null && (
        <span className={styles.bar}>
          <span className={ours ? styles.ours : styles.others} style={{ width: `${Math.min(1, share) * 100}%` }} />
        </span>
      )}
    </li>
  );
}

export function Users({ card }: { card: Card }) {
  const { t } = useTranslation('machine');
  const users = useUsers(card.id);
  const total = card.memoryTotal;
  return (
    <section className={styles.part}>
      <h2>{t('users.title')}</h2>
      {users === 'failed' && <p className={styles.dim}>{t('users.failed')}</p>}
      {users !== 'failed' && users?.length === 0 && <p className={styles.dim}>{t('users.none')}</p>}
      <ul>
        {Array.isArray(users) &&
          users.map(({ pid, name, ours, bytes, utilisation }) => (
            <Meter
              key={pid}
              name={ours ? t('users.ours') : name}
              figure={[
                // What hardly calculates is not worth a figure.
                ...(utilisation !== null && utilisation >= 1 ? [`${amount.whole(utilisation)} %`] : []),
                bytes === null ? t('users.unknown') : `${amount.gigabytes(bytes)} GB`,
              ].join(' · ')}
              share={bytes === null || total === null ? null : bytes / total}
              ours={ours}
            />
          ))}
      </ul>
    </section>
  );
}

/** `named`: what kind of computer it is stands elsewhere already. */
export function Host({ machine, named }: { machine: Machine; named: boolean }) {
  const { t } = useTranslation('machine');
  const host = useMachine((state) => state.sample?.host ?? null);
  if (!host) return null;
  const of = (used: number, total: number) =>
    `${amount.gigabytes(used)} ${t('of', { total: amount.gigabytes(total) })} GB`;
  return (
    <section className={styles.part}>
      <h2>{t('host.title')}</h2>
      <ul>
        {host.cpu !== null && (
          <Meter
            name={t('host.cpu')}
            figure={t('host.cpuOf', { used: ((host.cpu / 100) * machine.cores).toFixed(1), count: machine.cores })}
            share={host.cpu / 100}
          />
        )}
        {host.memoryUsed !== null && host.memoryTotal !== null && (
          <Meter
            name={t('host.ram')}
            figure={of(host.memoryUsed, host.memoryTotal)}
            share={host.memoryUsed / host.memoryTotal}
          />
        )}
        {host.diskUsed !== null && host.diskTotal !== null && (
          <Meter
            name={t('host.disk')}
            figure={of(host.diskUsed, host.diskTotal)}
            share={host.diskUsed / host.diskTotal}
          />
        )}
      </ul>
      {!named && (
        <p className={styles.faint}>
          {machine.processor}
          <br />
          {machine.system}
        </p>
      )}
    </section>
  );
}
