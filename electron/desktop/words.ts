import type { languages } from '../../contract/settings.ts';

export type Language = (typeof languages)[number];

export interface Words {
  menu: Record<
    | 'file'
    | 'newClip'
    | 'pauseQueue'
    | 'resumeQueue'
    | 'closeWindow'
    | 'quit'
    | 'edit'
    | 'undo'
    | 'redo'
    | 'cut'
    | 'copy'
    | 'paste'
    | 'selectAll'
    | 'rooms'
    | 'create'
    | 'queue'
    | 'library'
    | 'presets'
    | 'machine'
    | 'settings'
    | 'view'
    | 'zoomIn'
    | 'zoomOut'
    | 'zoomReset'
    | 'fullScreen'
    | 'reload'
    | 'developer'
    | 'window'
    | 'help'
    | 'logs',
    string
  >;
  done: string;
  failed: string;
  /** It can go on when somebody says so. */
  waits: string;
  /** It goes on by itself after a countdown. */
  recovers: string;
  quit: Record<'title' | 'detail' | 'background' | 'stop' | 'cancel' | 'remember', string>;
  crashed: Record<'title' | 'detail' | 'again' | 'quit', string>;
  busy: Record<'title' | 'detail', string>;
  notOpened: Record<'title' | 'detail', string>;
}

export const words: Record<Language, Words> = {
  en: {
    menu: {
      file: '&File',
      newClip: '&New clip',
      pauseQueue: '&Pause the queue',
      resumeQueue: '&Resume the queue',
      closeWindow: 'Close &window',
      quit: '&Quit',
      edit: '&Edit',
      undo: '&Undo',
      redo: '&Redo',
      cut: 'Cu&t',
      copy: '&Copy',
      paste: '&Paste',
      selectAll: 'Select &all',
      rooms: '&Go',
      create: '&Create',
      queue: '&Queue',
      library: '&Library',
      presets: 'P&resets',
      machine: '&Machine',
      settings: '&Settings',
      view: '&View',
      zoomIn: 'Zoom &in',
      zoomOut: 'Zoom &out',
      zoomReset: '&Actual size',
      fullScreen: '&Full screen',
      reload: '&Reload the page',
      developer: '&Developer tools',
      window: '&Window',
      help: '&Help',
      logs: 'Show the &logs',
    },
    done: 'Your clip is ready',
    failed: 'A clip could not be made',
    waits: 'A clip waits for you: it can be recovered',
    recovers: 'A render failed and goes on by itself in a moment',
    quit: {
      title: 'A clip is being made.',
      detail:
        'Reelwright can finish the queue without its window and then close, or stop now. What is done is kept: the next start goes on from there.',
      background: 'Finish in the background',
      stop: 'Stop and keep what is done',
      cancel: 'Do not quit',
      remember: 'Always do this',
    },
    crashed: {
      title: 'The window keeps failing.',
      detail: 'Your clips and the queue are not touched by it, and what is being made goes on.',
      again: 'Try again',
      quit: 'Quit',
    },
    busy: {
      title: 'Reelwright is already at work',
      detail:
        'Another Reelwright, in a terminal or for a browser, uses the same data folder:\n{folder}\nClose it and start again.',
    },
    notOpened: {
      title: 'Reelwright cannot open its data folder',
      detail: '{folder}\n\n{reason}',
    },
  },
  'zh-CN': {
    menu: {
      file: '文件(&F)',
      newClip: '新建短片(&N)',
      pauseQueue: '暂停队列(&P)',
      resumeQueue: '继续队列(&R)',
      closeWindow: '关闭窗口(&W)',
      quit: '退出(&Q)',
      edit: '编辑(&E)',
      undo: '撤销(&U)',
      redo: '重做(&R)',
      cut: '剪切(&T)',
      copy: '复制(&C)',
      paste: '粘贴(&P)',
      selectAll: '全选(&A)',
      rooms: '前往(&G)',
      create: '创作(&C)',
      queue: '队列(&Q)',
      library: '作品库(&L)',
      presets: '预设(&R)',
      machine: '设备(&M)',
      settings: '设置(&S)',
      view: '视图(&V)',
      zoomIn: '放大(&I)',
      zoomOut: '缩小(&O)',
      zoomReset: '实际大小(&A)',
      fullScreen: '全屏(&F)',
      reload: '重新载入页面(&R)',
      developer: '开发者工具(&D)',
      window: '窗口(&W)',
      help: '帮助(&H)',
      logs: '打开日志文件夹(&L)',
    },
    done: '短片已完成',
    failed: '有一个短片未能完成',
    waits: '有一个短片可以恢复，等待你的决定',
    recovers: '一次渲染失败了，稍后会自动继续',
    quit: {
      title: '正在生成短片。',
      detail: '可以关闭窗口、在后台做完队列后再退出，也可以现在停止。已完成的部分会保留，下次启动时从那里继续。',
      background: '在后台完成',
      stop: '停止并保留进度',
      cancel: '不退出',
      remember: '以后都这样做',
    },
    crashed: {
      title: '窗口反复出错。',
      detail: '短片和队列不受影响，正在生成的短片会继续。',
      again: '再试一次',
      quit: '退出',
    },
    busy: {
      title: 'Reelwright 已在运行',
      detail: '另一个 Reelwright（终端里的或供浏览器使用的）正在使用同一个数据文件夹：\n{folder}\n请关闭它后重新启动。',
    },
    notOpened: {
      title: 'Reelwright 无法打开数据文件夹',
      detail: '{folder}\n\n{reason}',
    },
  },
};

/** The language of the settings, or the system's if it is one of ours. */
export function languageOf(setting: 'system' | Language, locale: string): Language {
  if (setting !== 'system') return setting;
  return /^zh\b/i.test(locale) ? 'zh-CN' : 'en';
}

/** The first that is a language at all: a system without one says "c" or "posix". */
export function systemLocale(wanted: readonly string[]): string {
  for (const each of wanted) {
    if (/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(each)) return each;
  }
  return 'en';
}

export const filled = (text: string, values: Record<string, string>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
