import koffi from 'koffi';

/** A process and everything it started, as one thing that can be ended. */
export interface ProcessTree {
  /** Ends every process of the tree at once. Safe to call again. */
  kill(): void;
}

/**
 * POSIX: the process must lead its own group (spawned `detached`), and the group is signalled.
 * Windows: the process is put into a job object that the system ends when this process does.
 */
export function processTree(pid: number, platform: NodeJS.Platform = process.platform): ProcessTree {
  return platform === 'win32' ? windowsJob(pid) : processGroup(pid);
}

function processGroup(pid: number): ProcessTree {
  return {
    kill() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        // Gone already; macOS says EPERM for a group of which only the dead are left.
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ESRCH' && code !== 'EPERM') throw error;
      }
    },
  };
}

const PROCESS_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001;
const JOB_OBJECT_EXTENDED_LIMIT_INFORMATION = 9;
const JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000;

/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION on 64-bit Windows is 144 bytes, its LimitFlags at byte 16. */
function killOnClose(): Buffer {
  const information = Buffer.alloc(144);
  information.writeUInt32LE(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, 16);
  return information;
}

function windowsJob(pid: number): ProcessTree {
  const kernel = koffi.load('kernel32.dll');
  const createJob = kernel.func('void* __stdcall CreateJobObjectW(void* attributes, void* name)');
  const setInformation = kernel.func(
    'bool __stdcall SetInformationJobObject(void* job, int kind, void* information, uint32_t length)',
  );
  const openProcess = kernel.func('void* __stdcall OpenProcess(uint32_t access, bool inherit, uint32_t pid)');
  const assign = kernel.func('bool __stdcall AssignProcessToJobObject(void* job, void* process)');
  const terminate = kernel.func('bool __stdcall TerminateJobObject(void* job, uint32_t exitCode)');
  const close = kernel.func('bool __stdcall CloseHandle(void* handle)');

  const job: unknown = createJob(null, null);
  const information = killOnClose();
  setInformation(job, JOB_OBJECT_EXTENDED_LIMIT_INFORMATION, information, information.length);
  const handle: unknown = openProcess(PROCESS_SET_QUOTA_AND_TERMINATE, false, pid);
  if (handle !== null) {
    assign(job, handle);
    close(handle);
  }
  // The job's own handle stays open on purpose: its closing, at the end of this process, ends the tree.
  return { kill: () => void terminate(job, 1) };
}
