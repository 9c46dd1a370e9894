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
  },
  free: { device: '空闲显存 {{free}}', host: '空闲内存 {{free}}' },
  phase: {
    loading: '载入',
    encoding: '编码',
    denoising: '去噪',
    decoding: '解码',
    finishing: '写入',
  },
  why: '怎样放得下',
  reason: {
    processor: '用处理器渲染。',
    'all-resident': '去噪模型一直留在显卡上。',
    'in-turn': '文本编码、去噪和解码轮流使用显卡。',
    streamed: '去噪模型（{{bytes}}）放在内存里，边计算边分块送到显卡：慢 {{slower}}。',
    streamedFree: '去噪模型（{{bytes}}）放在内存里，边计算边分块送到显卡：几乎不变慢。',
    sequential: '每一层单独送到显卡：慢 {{slower}}。',
    'guidance-in-turn': '正向和反向提示词先后计算，省下 {{bytes}}。',
    slabs: '画面按 {{rows}} 行的条带解码，没有接缝。',
    slabsAway: '画面按 {{rows}} 行的条带解码，没有接缝，其中 {{bytes}} 暂存在内存里。',
    compiled: '去噪模型已为这款显卡编译。',
    float32: '这款显卡不支持该模型所需的精度，只能用 float32 计算，会很慢。',
    'eight-bit-weights': '去噪模型以 8 位保存，省下 {{bytes}}，画面会略有变化。',
    'sage-attention': '注意力以 8 位计算，画面会略有变化。',
  },
  remedy: {
    frames: '改为 {{length}}长',
    size: '改为 {{width}} × {{height}}',
    both: '改为 {{width}} × {{height}}，{{length}}长',
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
} satisfies Words<typeof en>;
