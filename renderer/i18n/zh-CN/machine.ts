import type en from '../en/machine.ts';
import type { Words } from '../words.ts';

export default {
  stripOpen: '查看机器状态',
  busyLabel: '占用',
  of: '/ {{total}}',
  vramWords: '显存：本程序 {{ours}}，其他程序 {{others}}，空闲 {{free}}',
  vramWordsUsed: '显存：已用 {{used}}，空闲 {{free}}',
  cpu: 'CPU',
  ram: '内存',
  noReading: '暂无读数',
  cardSilent: '没有响应',
  job: {
    clip: '片段',
    clipOf: '{{clip}} / {{clips}}',
    step: '步数',
    stepOf: '{{step}} / {{of}}',
    left: '后完成',
    phase: {
      loading: '载入模型',
      encoding: '理解提示词',
      denoising: '去噪',
      decoding: '解码',
      finishing: '写入文件',
      recovering: '重新尝试',
    },
    recovers: '等待你的决定 · {{time}}后恢复',
    paused_other: '队列已暂停，还有 {{count}} 个片段',
  },

  machine: '这台电脑',
  driver: '驱动 {{driver}}',
  pcie: 'PCIe {{pcie}}',
  cores_other: '{{count}} 核',
  whichCard: '显卡',
  range: '时间范围',
  ranges: { '120': '2 分钟', '900': '15 分钟', '3600': '1 小时', '28800': '8 小时' },
  rangeWords: { '120': '最近 2 分钟', '900': '最近 15 分钟', '3600': '最近 1 小时', '28800': '最近 8 小时' },
  pause: '定格画面',
  go: '继续滚动',
  held: '画面定格于 {{time}}，测量仍在继续。',
  export: '导出',
  exportCsv: '数据（CSV）',
  exportPng: '图表（图片）',
  exported: '图表已保存为图片。',
  exportFailed: '图片没有生成。',
  legend: '渲染阶段',
  now: '现在',
  before: '{{time}}前',

  charts: {
    utilisation: 'GPU 占用',
    vram: '显存 · 本程序、其他程序、空闲',
    vramUnknown: '显存 · 已用、空闲',
    power: '功耗',
    temperature: '温度',
    clocks: '频率 · 核心、显存（各按自身最高值）',
    pcie: 'PCIe 接收',
    cpu: 'CPU',
    ram: '内存',
    disk: '片段所在磁盘',
  },
  told: '{{name}}：当前 {{value}} {{unit}}；{{range}}内介于 {{least}} 与 {{most}} {{unit}} 之间。',
  toldNothing: '{{name}}：{{range}}没有读数。',
  units: { percent: '%', watts: 'W', celsius: '°C', gigahertz: 'GHz', gigabytes: 'GB', gigabytesPerSecond: 'GB/s' },

  noCard: {
    title: '没有发现 NVIDIA 显卡',
    'no-driver': '这台电脑上没有可用的 NVIDIA 驱动。其余数据照常测量。',
    'no-card': 'NVIDIA 驱动已安装，但没有找到显卡。其余数据照常测量。',
    starting: '正在查找显卡。',
    startingTitle: '请稍候',
  },
  lost: {
    title: '显卡没有响应',
    text: 'NVIDIA 驱动不再返回 {{name}} 的数据：可能正在更新或重置，也可能显卡已被拔下。Reelwright 会不断重试，恢复后自动继续测量。',
  },
  historyFailed: '之前的数据没能读取，从现在起显示新的读数。',

  users: {
    title: '谁在使用显卡',
    ours: 'Reelwright 引擎',
    none: '系统没有报告任何程序。',
    unknown: '系统未提供',
    failed: '列表没能读取。',
  },
  host: {
    title: '主机',
    cpu: 'CPU',
    cpuOf: '{{used}} / {{cores}} 核',
    ram: '内存',
    disk: '片段所在磁盘',
  },

  verdict: {
    idle: {
      title: '显卡只忙了 {{utilisation}} %',
      text: '去噪时占用低于 {{threshold}} % 已有十秒，说明拖慢渲染的不是显卡。',
      textCpu: '去噪时占用低于 {{threshold}} % 已有十秒，而处理器占用达 {{cpu}} %，可能是其他程序抢占了它。',
    },
    copies: {
      title: '显卡在等数据：占用 {{utilisation}} %，接收 {{receive}} GB/s',
      text: '权重经 PCIe {{pcie}} 传入显卡，速度已接近这个插槽的上限，眼下它决定了快慢。',
    },
    waits: {
      title: '看似忙碌，实则在等：占用 {{utilisation}} %，功耗 {{power}} / {{powerLimit}} W',
      text: '真正计算时功耗会更高。现在这张卡大部分时间在等待显存。',
    },
    'memory-full': {
      title: '显存快满了：{{used}} / {{total}} GB',
      text: '在 Windows 上，驱动可能会转用慢得多的系统内存。关闭其他占用显卡的程序可以腾出空间。',
    },
    hot: {
      title: '显卡过热，正在降频：{{temperature}} °C',
      text: '频率从 {{usual}} MHz 降到 {{clock}} MHz。改善通风或清洁散热器可以恢复速度。',
    },
    processor: {
      title: '处理器已到极限：{{cpu}} %',
      text: '这种情况已持续半分钟，其他程序正在拖慢渲染。',
    },
  },
} satisfies Words<typeof en>;
