import type en from '../en/refusals.ts';
import type { Words } from '../words.ts';

export default {
  modelMissing: '这台电脑上没有模型 {{model}}，请选择其他模型。',
  size: '{{model}} 只能生成 {{width}} × {{height}} 的画面。请选择这个尺寸，或者换一个模型。',
  side: {
    width: '{{model}} 的画面宽度必须是 {{multiple}} 的倍数。最接近 {{value}} 的是 {{nearest}}。',
    height: '{{model}} 的画面高度必须是 {{multiple}} 的倍数。最接近 {{value}} 的是 {{nearest}}。',
  },
  frames: '{{model}} 无法生成 {{value}} 帧。最接近的是 {{nearest}}。',
  length: '{{model}} 最多生成 {{max}} 帧，请选择更短的时长。',
  pictureNeeded: '{{model}} 需要从一张图片开始。请添加图片，或者选择用文字生成的模型。',
  pictureNotUsed: '{{model}} 只用文字生成。请移除图片，或者选择从图片开始的模型。',
  or: '{{one}} 或 {{other}}',
  picture: {
    empty: '这个文件是空的，请换一张图片。',
    'too-many-bytes': '文件超过了 {{bytes}}，请换一张小一些的图片。',
    'not-a-picture': '无法识别这张图片。支持 PNG、JPEG、WebP、GIF、TIFF 和 AVIF。',
    'cut-short': '图片不完整或已损坏，请重新导出或复制。',
    'too-many-pixels': '图片太大：每边最多 {{side}} 像素，总共最多 {{pixels}} 百万像素。',
    gone: '图片已经不在了，请重新选择。',
  },
  promptEmpty: '请先写提示词：用几句话描述画面。',
  promptLong: '提示词最多 {{max}} 个字符，请删去一些。',
  batch: {
    nothing: '请先写提示词：每行一个，用几句话描述画面。',
    'too-many': '一次最多添加 {{max}} 个片段。请减少列表或种子。',
    template: '第 {{line}} 行的花括号不成对。请补全，或在前面加反斜杠。',
    slot: '第 {{line}} 行的“{{name}}”还没有填写。',
    wildcard: '第 {{line}} 行用到的词表“{{name}}”不存在。请新建，或直接写出词语。',
    long: '第 {{line}} 行的提示词太长，请删去一些。',
  },
  wildcardsFull: '词表已有 {{max}} 个，请先移除一个。',
  folder: {
    relative: '{{path}} 不是完整路径，请从根目录或盘符开始写。',
    missing: '文件夹 {{path}} 不存在。',
    'not-a-folder': '{{path}} 不是文件夹。',
    'not-writable': '无法写入 {{path}}，请换一个文件夹。',
    full: '{{path}} 所在磁盘已满，请腾出空间或换一个文件夹。',
  },
  job: {
    gone: '这个任务已经不在队列里了。',
    'not-in-this-state': '任务状态已经变化，现在无法这样操作。',
  },
  clip: {
    gone: '这个片段已经不在作品库里了。',
    'file-gone': '片段的文件已被移动或删除。',
    'not-in-trash': '这个片段不在回收站里。',
    'in-use': '有些文件正被其他程序使用，仍留在原处。请关闭那个程序再试。',
    'collection-gone': '这个合集已经不在了。',
    'name-taken': '该文件夹里已有同名文件，请换一个名称。',
    'name-empty': '这个名称不能用作文件名，请用字母或数字。',
  },
  preset: {
    gone: '这个预设已经不在了。',
    golden: 'Reelwright 自带的预设保持原样。请先复制一份，再修改副本。',
    'link-too-long': '这个预设的内容太长，放不进链接。请存成文件，或者去掉提示词。',
    'file-too-large': '内容超过了预设文件的上限。请缩短备注，或一次少分享几个。',
    'looked-away': '这份内容打开得太久了。请重新打开。',
  },
  storage: {
    'read-only': '数据文件夹不可写，没有保存。请检查权限。',
    full: '数据文件夹所在磁盘已满，没有保存。请腾出一些空间。',
    gone: '数据文件夹不见了。请恢复它，然后重新启动 Reelwright。',
  },
  notInThisHost: '此操作只能在桌面窗口中进行。',
} satisfies Words<typeof en>;
