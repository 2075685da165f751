/** The images of this repository as archives, and the programs and servers (S3, EC2) that demos and tests need. */
export { bundle, type BundleFile, type BundleInput } from './bundle/bundle.ts';
export { etcdBinary, etcdVersion } from './etcd/etcd-binary.ts';
export { buildImage, buildImages, findArchive, type BuildOptions, type BuiltImage } from './image/build.ts';
export { operatorBundle } from './image/context.ts';
export { imageNames, imageReference, type ImageName } from './image/definitions.ts';
export { startEc2Proxy, type Ec2Fault, type Ec2Proxy, type Ec2Request } from './ec2/ec2-proxy.ts';
export { startEc2, type RunningEc2 } from './ec2/start-ec2.ts';
export { helmBinary, kubectlBinary, type HelmMajor } from './kubectl/binaries.ts';
export { silent, terminalLog, type Log } from './machine/log.ts';
export { promtoolBinary } from './prometheus/promtool.ts';
export { createTestCertificate, type TestCertificate } from './s3/certificates.ts';
export {
  objectStoreSecret,
  s3Endpoint,
  s3HostNames,
  s3Manifest,
  type Manifest,
  type S3ManifestInput,
} from './s3/manifest.ts';
export { startFaultProxy, type Fault, type FaultProxy, type SeenRequest } from './s3/fault-proxy.ts';
export { s3Region, startS3, type RunningS3, type S3Options } from './s3/start-s3.ts';
export { versitygwBinary, versitygwVersion } from './s3/versitygw.ts';
