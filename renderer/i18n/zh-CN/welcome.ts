import type en from '../en/welcome.ts';
import type { Words } from '../words.ts';

export default {
  title: '用文字生成短视频，就在这台电脑上',
  text: 'Reelwright 不需要账号，也不需要网络。你的作品不会离开这台电脑。',
  pick: '先选一个片段',
  make: '生成这个片段',
  skip: '跳过，我自己来',
  engine: {
    'setting-up': 'Reelwright 正在做准备，完成后片段会自动开始。',
    starting: '引擎正在启动，片段马上就会开始。',
    ready: '一切就绪。在大多数电脑上不到一分钟就能完成。',
    impossible: '目前还无法在这台电脑上渲染。进入后会告诉你原因和解决办法。',
  },
  language: '语言',
} satisfies Words<typeof en>;
