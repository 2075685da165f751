import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'etcd-backup-agent' };
