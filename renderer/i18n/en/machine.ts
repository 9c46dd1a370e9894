export default {
  /** The strip at the bottom of the window. */
  stripOpen: 'Show the machine',
  busyLabel: 'busy',
  /** Behind a figure that is emphasised. */
  of: 'of {{total}}',
  vramWords: 'Graphics memory: {{ours}} ours, {{others}} others, {{free}} free',
  vramWordsUsed: 'Graphics memory: {{used}} used, {{free}} free',
  cpu: 'CPU',
  ram: 'RAM',
  noReading: 'no reading',
  cardSilent: 'does not answer',
  job: {
    clip: 'Clip',
    clipOf: '{{clip}} of {{clips}}',
    step: 'step',
    stepOf: '{{step}} of {{of}}',
    left: 'left',
    recovering: 'trying again',
    waits: 'waiting for you',
    recovers: 'recovers in {{time}}',
    paused_one: 'Queue paused, {{count}} clip waits',
    paused_other: 'Queue paused, {{count}} clips wait',
  },

  /** The room. */
  machine: 'This machine',
  driver: 'driver {{driver}}',
  pcie: 'PCIe {{pcie}}',
  cores_one: '{{count}} core',
  cores_other: '{{count}} cores',
  whichCard: 'Card',
  range: 'Time shown',
  ranges: { '120': '2 min', '900': '15 min', '3600': '1 h', '28800': '8 h' },
  rangeWords: {
    '120': 'the last 2 minutes',
    '900': 'the last 15 minutes',
    '3600': 'the last hour',
    '28800': 'the last 8 hours',
  },
  pause: 'Hold the picture still',
  go: 'Go on',
  held: 'Held still since {{time}}. Measuring goes on.',
  export: 'Export',
  exportCsv: 'Figures as CSV',
  exportPng: 'Charts as a picture',
  exported: 'The charts were saved as a picture.',
  exportFailed: 'The picture could not be made.',
  legend: 'Phases of a render',
  now: 'now',
  before: '{{time}} ago',

  charts: {
    utilisation: 'GPU utilisation',
    vram: 'VRAM · ours, others, free',
    vramUnknown: 'VRAM · used, free',
    power: 'Power',
    temperature: 'Temperature',
    clocks: 'Clocks · graphics, memory, each to its own top',
    pcie: 'PCIe receive',
    cpu: 'CPU',
    ram: 'RAM',
    disk: 'Disk with the clips',
  },
  /** For those who cannot see a chart. */
  told: '{{name}}: {{value}} {{unit}} now; between {{least}} and {{most}} {{unit}} in {{range}}.',
  toldNothing: '{{name}}: nothing was read in {{range}}.',
  units: { percent: '%', watts: 'W', celsius: '°C', gigahertz: 'GHz', gigabytes: 'GB', gigabytesPerSecond: 'GB/s' },

  noCard: {
    title: 'No NVIDIA card here',
    'no-driver': 'No NVIDIA driver answers on this machine. The rest is measured all the same.',
    'no-card': 'The NVIDIA driver is there, but it finds no card. The rest is measured all the same.',
    starting: 'Looking for a card.',
    startingTitle: 'One moment',
  },
  lost: {
    title: 'The card does not answer',
    text: 'The NVIDIA driver stopped answering for {{name}}. It may have been updated, reset, or the card unplugged. Reelwright looks for it again and again and goes on measuring when it is back.',
  },
  historyFailed: 'What was measured before could not be read. New readings follow from here.',

  users: {
    title: 'Who uses the card',
    ours: 'Reelwright’s engine',
    none: 'Nobody that the system tells of.',
    unknown: 'the system does not say',
    failed: 'The list could not be read.',
  },
  host: {
    title: 'Host',
    cpu: 'CPU',
    cpuOf_one: '{{used}} of {{count}} core',
    cpuOf_other: '{{used}} of {{count}} cores',
    ram: 'RAM',
    disk: 'Disk with the clips',
  },

  health: {
    title: {
      underused: 'The card is only {{utilisation}} % busy',
      idling: 'Busy, but hardly working: {{utilisation}} % at {{power}} of {{powerLimit}} W',
      heat: 'The card is hot and slows itself down: {{temperature}} °C',
      hot: 'The card is hot and slows itself down',
      shared: 'Another program calculates on the card',
      'nearly-full': 'The card’s memory is nearly full: {{used}} of {{total}}',
      processor: 'The processor is at its limit: {{percent}} %',
    },
    underused: {
      streaming:
        'Weights come to it part by part over the bus, and it waits for them. A shorter or smaller clip leaves room to keep more of them on the card.',
      streamingAt:
        'Weights come to it part by part over the bus, {{rate}} GB/s now, and it waits for them. A shorter or smaller clip leaves room to keep more of them on the card.',
      processor:
        'Other programs keep the processor busy, which has to feed the card. Closing them speeds this render up.',
      processorBy:
        '{{program}} keeps the processor busy, which has to feed the card. Closing it speeds this render up.',
      paging:
        'The computer’s memory is full, so what is needed next comes from the disk. Closing other programs speeds this render up.',
      pagingBy:
        'The computer’s memory is full, so what is needed next comes from the disk. Closing {{program}} may give enough back.',
      heat: 'It is hot and rests in between. More air, or a clean cooler, brings the pace back.',
      power: 'Its power limit holds it back. Plug a laptop in, or raise the limit in the driver’s settings.',
      unknown: 'Something else holds this render up; the readings do not say what.',
    },
    heat: 'More air, or a clean cooler, brings the pace back.',
    heatClock: 'Its clock fell from {{usual}} to {{clock}} MHz. More air, or a clean cooler, brings the pace back.',
    shared: '{{program}} takes a part of its time. Closing it brings the pace back.',
    sharedUnknown: 'It takes a part of its time. Closing programs that draw or calculate brings the pace back.',
    full: 'On Windows the driver may now move memory to the slow system RAM. Closing other programs that use the card gives some back.',
    fullBy:
      '{{names}} hold memory of the card, too. On Windows the driver may now move ours to the slow system RAM: closing them gives some back.',
    processor: 'It has been so for half a minute. Other programs that compute now slow this render down.',
    processorBy: 'It has been so for half a minute, mostly by {{program}}. Closing it speeds this render up.',
  },
} as const;
