import type en from '../en/failures.ts';
import type { Words } from '../words.ts';

export default {
  deviceMemory: {
    title: '{{doing}}时显存不足',
    figures: '还需要 {{needed}}，当时只剩 {{there}}。',
    action: '请关闭其他占用显卡的程序，或者选择更小的画面、更短的时长。',
  },
  hostMemory: {
    title: '{{doing}}时电脑内存不足',
    action: '请关闭其他程序，或者选择更小的画面、更短的时长。',
  },
  badWeights: {
    title: '模型中有一个文件无法使用',
    missing: '找不到 {{file}}。',
    truncated: '{{file}} 不完整。',
    damaged: '{{file}} 已损坏。',
    'wrong-shape': '{{file}} 不属于这个模型。',
    pickle: '{{file}} 的格式可能运行代码，因此没有打开。',
    unreadable: '无法读取 {{file}}。',
    action: '请重新获取模型，然后重试。',
  },
  badInput: {
    'image-missing': '图片已经不在了',
    'image-unreadable': '无法读取图片',
    'image-truncated': '图片不完整',
    'image-too-large': '图片太大',
    settings: '模型无法使用这些设置',
    'memory-limit': '片段需要的内存超过了允许的上限',
    actionPicture: '请重新选择图片，或者换一张，再加入队列。',
    actionLimit: '请提高内存上限，或选择更小的画面、更短的时长。',
    actionSettings: '请选择其他画面大小或时长，再加入队列。',
  },
  spill: {
    title: '{{doing}}显卡已满，速度骤降',
    figures: '每步需要 {{time}}，而不是 {{expected}}：放不下的部分被移到了电脑内存。',
    action: '请关闭占用显卡的其他程序，然后继续。',
  },
  badFrames: {
    nan: '生成的画面无效',
    black: '生成的画面全黑',
    seams: '画面上能看到分块的边界',
    flicker: '画面的亮度或颜色在各帧之间跳动',
    figures: '没有写入片段。',
    action: '请换一个种子或调度器，再加入队列。',
  },
  diskFull: {
    title: '{{doing}}时磁盘已满',
    figures: '{{path}} 没有剩余空间了。',
    action: '请腾出一些空间，然后重试。',
  },
  notWritable: {
    exists: '目标位置已有另一个文件',
    title: '无法写入片段',
    figures: '目标位置是 {{path}}。',
    actionExists: '请移走那个文件，然后重试。',
    action: '请检查文件夹是否存在、是否可写，或在设置中另选一个，然后重试。',
  },
  driverLost: {
    title: '{{doing}}时显卡驱动失去响应',
    action: '请重试。如果经常发生，请更新驱动。',
  },
  environment: {
    title: '渲染环境已损坏，无法自动修复',
    action: '请重新启动 Reelwright，它会重新安装所需的组件。',
  },
  killed: {
    title: '{{doing}}时渲染进程意外结束',
    memory: '{{doing}}时渲染进程被系统终止',
    figures: '最可能的原因是电脑内存不足。',
    action: '请关闭其他程序，然后重试。',
    actionOther: '请重试。',
  },
  hang: {
    title: '{{doing}}时渲染进程停止响应',
    figures: '已有 {{time}} 没有任何动静。',
    action: '请重试。',
  },
  internal: {
    title: '{{doing}}时出了问题',
    figures: '具体原因未知，数据文件夹里的日志有详细记录。',
    action: '请重试。',
  },
  kept: {
    nothing: '还没有完成任何部分。',
    embeddings: '提示词已经读取，会保留下来。',
    checkpoint_other: '前 {{count}} 步（共 {{steps}} 步）已安全保存。',
    latents_other: '全部 {{count}} 步都已安全保存，只需重新解码画面。',
  },
} satisfies Words<typeof en>;
