import preset from '../../jest.preset.mjs';

export default { ...preset, displayName: 'operator-process' };
