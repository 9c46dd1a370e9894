import type en from '../en/terms.ts';
import type { Words } from '../words.ts';

export default {
  close: '关闭',
  cancel: '取消',
  dismiss: '知道了',
  clearSearch: '清空搜索',
  undo: '撤销',
  tryAgain: '重试',
  remove: '移除',
  tasks: {
    'text-to-video': '文字生成',
    'image-to-video': '图片生成',
  },
  shortcuts: {
    'cached-steps': '跳步缓存',
    'eight-bit-weights': '8 位权重',
    'eight-bit-products': '8 位乘法',
    'eight-bit-products-and-cached-steps': '8 位乘法和跳步缓存',
    'sage-attention': '8 位注意力',
  },
  phases: {
    loading: '加载',
    encoding: '编码',
    denoising: '去噪',
    decoding: '解码',
    finishing: '收尾',
  },
  doing: {
    loading: '加载模型',
    encoding: '读取提示词',
    denoising: '去噪',
    decoding: '解码画面',
    finishing: '写入片段',
    none: '启动',
  },
  now: '正在{{doing}}',
  sentence: '{{text}}。',
} satisfies Words<typeof en>;
