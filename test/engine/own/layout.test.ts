import { describe, expect, it } from 'vitest';
import { engineLayout } from '../../../src/engine/own/layout.ts';
import { mountsBelow } from '../../../src/engine/own/mounts.ts';

const layoutOf = (cache: string): ReturnType<typeof engineLayout> =>
  engineLayout({ paths: { project: '/p', lab: '/l', snapshots: '/s', cache } });

describe('the layout', () => {
  it('keeps the socket’s path and the bridge’s name short, however deep the cache folder is', () => {
    const { socket, bridge } = layoutOf(`/home/${'deep/'.repeat(60)}kafka-load-lab`);
    expect(socket.length).toBeLessThan(108);
    expect(bridge.length).toBeLessThan(16);
  });

  it('is another one for another cache folder, and the same for the same one', () => {
    expect(layoutOf('/a/kafka-load-lab').runtime).not.toBe(layoutOf('/b/kafka-load-lab').runtime);
    expect(layoutOf('/a/kafka-load-lab')).toEqual(layoutOf('/a/x/../kafka-load-lab'));
  });
});

describe('mountsBelow', () => {
  const mountinfo = `22 1 254:0 / / rw - ext4 /dev/vda rw
40 22 254:0 /c/data /c/my\\040cache/data rw shared:1 - ext4 /dev/vda rw
41 40 0:40 / /c/my\\040cache/data/overlay2/x/merged rw - overlay overlay rw
42 22 0:4 net:[1] /run/kafka-load-lab/1/exec/netns/abc rw - nsfs nsfs rw
43 22 0:41 / /c/my\\040cache/data2 rw - tmpfs tmpfs rw`;

  it('lists what is mounted at and below the folders, the innermost first', () => {
    expect(mountsBelow(mountinfo, ['/c/my cache/data', '/run/kafka-load-lab/1'])).toEqual([
      '/run/kafka-load-lab/1/exec/netns/abc',
      '/c/my cache/data/overlay2/x/merged',
      '/c/my cache/data',
    ]);
  });
});
