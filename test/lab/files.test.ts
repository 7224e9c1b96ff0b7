// The files that services mount: written when they changed, readable by containers; the password once, and for its owner only.
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { grafanaPassword, writeGenerated } from '../../src/lab/files.ts';

let folder = '';
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'lab-files-')), '.lab');
});

describe('generated files', () => {
  it('are written once, and again when their content changes', async () => {
    const file = { path: 'prometheus/prometheus.yml', content: 'a: 1\n' };
    expect(await writeGenerated(folder, [file])).toEqual(['prometheus/prometheus.yml']);
    expect(await writeGenerated(folder, [file])).toEqual([]);
    expect(await writeGenerated(folder, [{ ...file, content: 'a: 2\n' }])).toEqual(['prometheus/prometheus.yml']);
    const written = path.join(folder, file.path);
    expect(await readFile(written, 'utf8')).toBe('a: 2\n');
    expect((await stat(written)).mode & 0o777).toBe(0o644);
    expect(await readdir(path.dirname(written))).toEqual(['prometheus.yml']);
  });

  it('do not keep a dashboard that is no longer one', async () => {
    const dashboard = (uid: string) => ({ path: `grafana/dashboards/${uid}.json`, content: '{}' });
    await writeGenerated(folder, [dashboard('old'), dashboard('kafka')]);
    const mounted = await stat(path.join(folder, 'grafana/dashboards'));
    expect(await writeGenerated(folder, [dashboard('kafka')])).toEqual([]);
    // the folder that a container has mounted is still the same one
    expect((await stat(path.join(folder, 'grafana/dashboards'))).ino).toBe(mounted.ino);
    expect(await readdir(path.join(folder, 'grafana/dashboards'))).toEqual(['kafka.json']);
  });

  it('that cannot be written are a fault that names the path', async () => {
    await writeFile(folder, 'a file where the folder should be');
    await expect(writeGenerated(folder, [{ path: 'x/y', content: '' }])).rejects.toMatchObject({
      code: 'LAB_FOLDER_UNWRITABLE',
      message: expect.stringContaining(folder),
    });
  });
});

describe("Grafana's password", () => {
  it('is made once, for its owner only', async () => {
    const password = await grafanaPassword(folder);
    expect(password.length).toBeGreaterThanOrEqual(16);
    expect(await grafanaPassword(folder)).toBe(password);
    expect((await stat(path.join(folder, 'grafana/admin-password'))).mode & 0o777).toBe(0o600);
  });
});
