import { describe, expect, it } from 'vitest';
import type { TaskResult } from '../../../contract/libraryTask.ts';
import { Tasks } from './tasks.ts';

const exported: TaskResult = { kind: 'export', place: null, name: 'a.webm', bytes: 1 };

describe('tasks that encode', () => {
  /** A task that says when it has begun, and ends when it is told to. */
  function begin(tasks: Tasks, title: string, begun: string[], encodes = true) {
    let end = () => {};
    const ended = new Promise<TaskResult>((resolve) => {
      end = () => resolve(exported);
    });
    const work = () => {
      begun.push(title);
      return ended;
    };
    return { id: tasks.start('export', title, work, encodes).id, end };
  }

  it('run one after the other, beside those that do not', async () => {
    const tasks = new Tasks();
    const begun: string[] = [];
    const [one, two, copy] = [
      begin(tasks, 'one', begun),
      begin(tasks, 'two', begun),
      begin(tasks, 'copy', begun, false),
    ];
    copy.end();
    expect(await tasks.wait(copy.id)).toMatchObject({ kind: 'done' });
    expect(begun.sort()).toEqual(['copy', 'one']);
    one.end();
    two.end();
    expect(await tasks.wait(two.id)).toMatchObject({ kind: 'done' });
    expect(begun).toEqual(['copy', 'one', 'two']);
  });

  it('are given up while they wait, and let nobody by', async () => {
    const tasks = new Tasks();
    const begun: string[] = [];
    const [one, two, three] = [begin(tasks, 'one', begun), begin(tasks, 'two', begun), begin(tasks, 'three', begun)];
    tasks.cancel(two.id);
    expect(await tasks.wait(two.id)).toEqual({ kind: 'cancelled' });
    expect(begun).toEqual(['one']);
    one.end();
    three.end();
    expect(await tasks.wait(three.id)).toMatchObject({ kind: 'done' });
    expect(begun).toEqual(['one', 'three']);
  });

  it('that wait end with the studio', async () => {
    const tasks = new Tasks();
    const begun: string[] = [];
    const one = begin(tasks, 'one', begun);
    const two = begin(tasks, 'two', begun);
    one.end();
    await tasks.stop();
    expect(await tasks.wait(two.id)).toEqual({ kind: 'cancelled' });
  });
});
