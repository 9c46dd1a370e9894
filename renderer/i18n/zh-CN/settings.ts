import type en from '../en/settings.ts';
import type { Words } from '../words.ts';

export default {
  title: '设置',
  saved: '所有更改都会立即保存。',
  look: {
    title: '外观与语言',
    language: '语言',
    languageSystem: '跟随系统：{{name}}',
    theme: '主题',
    system: '跟随系统',
    dark: '深色',
    light: '浅色',
  },
  clips: {
    title: '片段',
    folder: '新片段保存到',
    choose: '选择…',
    own: '使用默认文件夹',
    use: '使用这个文件夹',
    path: '新片段的文件夹',
    pathHint: '请填写工作室所在电脑上的完整路径。',
    checking: '正在检查能否写入…',
    changed: '新片段会保存到 {{path}}，已有的片段留在原处。',
    preview: '生成时显示预览',
    previewHint: '几乎不花时间；关掉它，片段也完全一样。更改从下一个片段起生效。',
  },
  done: {
    title: '片段完成时',
    notify: '窗口不在前台时通知我',
    sound: '播放提示音',
  },
  quitting: {
    title: '关闭窗口',
    label: '正在生成片段时',
    ask: '询问我',
    background: '在后台继续完成',
    stop: '停止，下次启动时继续',
  },
  about: {
    title: '关于',
    version: '版本',
    data: '数据文件夹',
    dataHint: '片段、队列、设置和日志都在这里。别处不留任何数据，也不会发送到任何地方。',
    copy: '复制路径',
    copied: '路径已复制。',
    engine: '渲染设备',
    processor: '处理器',
  },
} satisfies Words<typeof en>;
