/** What a download has received from one peer, and the state of that peer. */
export interface SourceProgress {
  /** Id of the peer's device: 64 hexadecimal digits. */
  readonly deviceId: string;
  /** The user of that device. */
  readonly userId: string;
  /**
   * `connecting`: no data yet. `ready`: it answers requests. `stalled`: it has not answered for a while. `gone`: the connection ended.
   * `banned`: it sent a piece with a wrong digest, and is not used again.
   */
  readonly state: 'connecting' | 'ready' | 'stalled' | 'gone' | 'banned';
  /** Verified bytes that came from the peer. */
  readonly bytes: number;
  /** Verified pieces that came from the peer. */
  readonly pieces: number;
  /** Current rate in bytes per second. */
  readonly bytesPerSecond: number;
  /**
   * The way to the peer. `lan`: dialled at an address of the own network. `direct`: dialled at another address. `back`: the peer dialled
   * this device. `punched`: both dialled one another at the same time. `relay`: through the tracker, which sees ciphertext only. `none`: there is no connection.
   */
  readonly path: PeerPath;
  /** One sentence that says why it is this way, or why there is none; what the tracker says may follow. */
  readonly why?: string | undefined;
  /** The way by which its last piece came. It stays when the connection ends; absent before the first piece. */
  readonly cameBy?: Exclude<PeerPath, 'none'> | undefined;
  /**
   * Why no way leads to the peer, for programs; undefined otherwise. `PEER_UNREACHABLE`: it does not answer, or the settings rule the way
   * out. `RELAY_LIMITED`: only the relay leads to it, and the relay is used up for now. `DISCONNECTED`: the tracker is away, which would let
   * both connect. The download tries again by itself.
   */
  readonly code?: 'PEER_UNREACHABLE' | 'RELAY_LIMITED' | 'DISCONNECTED' | undefined;
}

/** The way to a peer. */
export type PeerPath = 'lan' | 'direct' | 'back' | 'punched' | 'relay' | 'none';

/** What one connected device has received of a served file. */
export interface FileUpload {
  readonly groupId: string;
  readonly manifestId: string;
  readonly deviceId: string;
  readonly userId: string;
  /** Bytes sent since the device opened the file. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
}
