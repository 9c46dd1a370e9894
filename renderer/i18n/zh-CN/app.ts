import type en from '../en/app.ts';
import type { Words } from '../words.ts';

export default {
  rooms: {
    create: '创作',
    queue: '队列',
    library: '作品库',
    presets: '预设',
    machine: '机器',
    settings: '设置',
  },
  rail: '导航',
  skip: '跳到主要内容',
  strip: '机器与当前任务',
  needsYou: '有事需要你处理',
  inLine_other: '{{count}} 个片段待完成',
  messages: '消息',
  connection: {
    connecting: '正在连接工作室…',
    lost: '工作室暂时没有回应。正在进行的任务不受影响，窗口会自动重新连接。',
    denied: '工作室重新启动过，不再认识这个窗口。请打开它新显示的网址。',
    notSent: '工作室没有回应，刚才的操作没有执行。请稍后再试。',
    now: '立即连接',
  },
  crash: {
    title: '这个页面出错了',
    text: '片段和队列都安全，它们不在这个窗口里。请重新打开此页面；如果再次出错，请重新加载窗口。',
    again: '重新打开',
    reload: '重新加载窗口',
    detail: '用于反馈问题',
  },
  unexpected: '操作没有成功，原因未知。数据文件夹里的日志有详细记录。',
  shortcuts: {
    title: '键盘快捷键',
    rooms: '切换页面',
    add: '加入队列',
    regions: '切换到窗口的下一个区域',
    help: '显示这个列表',
    close: '关闭当前弹出的内容',
  },
} satisfies Words<typeof en>;
