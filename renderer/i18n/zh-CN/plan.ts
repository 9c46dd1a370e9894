import type en from '../en/plan.ts';
import type { Words } from '../words.ts';

export default {
  label: '是否放得下',
  verdict: { fits: '放得下', tight: '勉强放得下', 'too-large': '放不下' },
  basis: {
    measured: '依据本机做过的片段',
    known: '依据这款显卡公布的参数',
    guessed: '本机还没有测量过',
  },
  guess: '粗略估计',
  processor: '没有可用的显卡，将用处理器渲染。',
  unknownCard: '参数表里还没有这款显卡：做完第一个片段之前，速度只是猜测。',
  lack: {
    device: '{{phase}}需要 {{needed}} 显存，空闲的只有 {{there}}。',
    host: '{{phase}}需要 {{needed}} 内存，空闲的只有 {{there}}。',
    limited: '{{phase}}需要 {{needed}}，按这个片段的上限只有 {{there}}。',
  },
  free: { device: '空闲显存 {{free}}', host: '空闲内存 {{free}}' },
  limited: { device: '按上限可用显存 {{free}}', host: '按上限可用内存 {{free}}' },
  byPhase: '各阶段占用',
  why: '怎样放得下',
  reason: {
    processor: '用处理器渲染。',
    'all-resident': '去噪模型一直留在显卡上。',
    'in-turn': '文本编码、去噪和解码轮流使用显卡。',
    streamed: '去噪模型（{{bytes}}）边计算边分块送到显卡：慢 {{slower}}。',
    streamedFree: '去噪模型（{{bytes}}）边计算边分块送到显卡：几乎不变慢。',
    sequential: '每一层单独送到显卡：慢 {{slower}}。',
    'from-disk': '电脑内存放不下它：每一步都要从磁盘读取 {{bytes}}。',
    'guidance-in-turn': '正向和反向提示词先后计算，省下 {{bytes}}。',
    whole: '画面整体解码，不分条带。',
    wholeAway: '画面整体解码，不分条带，其中 {{bytes}} 暂存在内存里。',
    slabs_other: '画面按 {{count}} 行的条带解码，没有接缝。',
    slabsAway_other: '画面按 {{count}} 行的条带解码，没有接缝，其中 {{bytes}} 暂存在内存里。',
    compiled: '去噪模型已为这款显卡编译。',
    float32: '这款显卡不支持该模型所需的精度，只能用 float32 计算，会很慢。',
    'eight-bit-weights':
      '去噪模型以 8 位保存，省下 {{bytes}}，画面会略有变化（用入门模型测得，与精确画面相差：DDIM {{ddim}} dB，DPM {{dpm}} dB）。',
    'eight-bit-products':
      '去噪模型以 8 位做乘法，这款显卡算得更快，省下 {{bytes}}，画面会略有变化（用入门模型测得，与精确画面相差：DDIM {{ddim}} dB，DPM {{dpm}} dB）。',
    'cached-steps':
      '去噪模型只在 {{of}} 步中的 {{calculated}} 步运行，画面会略有变化（用入门模型测得，与精确画面相差：DDIM {{ddim}} dB，DPM {{dpm}} dB）。',
    'sage-attention': '注意力以 8 位计算，画面会略有变化。',
  },
  remedy: {
    frames: '改为 {{length}}长',
    size: '改为 {{width}} × {{height}}',
    both: '改为 {{width}} × {{height}}，{{length}}长',
    'memory-limit': '允许它最多占用 {{bytes}}',
    'close-others': '其他程序占着 {{bytes}} 显存，让出来就放得下。',
  },
  noRemedy: '这个模型更小的片段也放不下，请换一个模型。',
  modelSizes: '{{file}} 的大小与模型说明不符，请重新获取模型。',
  measured: {
    title: '本机的测量',
    none: '还没有。每做完一个片段，下一次的估计就更准。',
    clips_other: '已有 {{count}} 个片段让时间和内存的估计更准。',
    row: '每个片段 {{measured}}，仅按参数推算为 {{predicted}}',
    forget: '清除',
    forgotten: '测量结果已清除。',
  },
  calibrate: {
    hint: '按“创作”中的设置，用本机可能最快的几种方式各做一段短片。除数据外不保留任何内容。',
    start: '为本机找出最佳设置',
    stop: '停止',
    progress: '短片',
    measured: '每步 {{measured}}；原先估计 {{predicted}}',
    tooLarge: '内存不足：这种方式不适合本机。',
    failed: '短片未能完成。请在“创作”中生成一个片段，查看问题所在。',
    notNow: {
      rendering: '正在生成片段。请等它完成，或暂停队列后再试。',
      'no-engine': '引擎尚未就绪，请稍后再试。',
    },
    ended: '提前结束。此前的测量结果有效。',
    done: '完整片段：原先估计 {{before}}，现在估计 {{after}}。',
  },
} satisfies Words<typeof en>;
