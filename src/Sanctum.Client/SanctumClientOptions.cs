namespace Sanctum.Client;

/// <summary>How a <see cref="SanctumClient"/> finds the vault and the agent's key. Every setting has a default.</summary>
public sealed class SanctumClientOptions
{
    /// <summary>The daemon's Unix socket; a leading <c>~</c> is the home directory. Default <c>~/.sanctum/vault.sock</c>.
    /// Not used when <see cref="Addresses"/>, or <see cref="Host"/> and <see cref="Port"/>, are set.</summary>
    public string? SocketPath { get; set; }

    /// <summary>
    /// The user that the daemon runs as, when it has to be this one and no other. It is checked on the Unix socket before anything is
    /// sent. Default null: then it has to be this process's own user, root, or the owner of the socket's folder. The owner counts only if
    /// nobody but root can have placed that folder there, as with <c>/run/sanctum</c>, which belongs to the user sanctum. Set it where
    /// the socket comes out of a container, whose users have other numbers outside. Checked on Linux; over TCP there is nothing to check.
    /// </summary>
    public uint? DaemonUserId { get; set; }

    /// <summary>The daemon's host name or address, when it listens on TCP. Needs <see cref="Port"/>.</summary>
    public string? Host { get; set; }

    /// <summary>The daemon's TCP port, 1 to 65535. Needs <see cref="Host"/>.</summary>
    public int? Port { get; set; }

    /// <summary>
    /// Where the daemon listens, or several daemons of one vault: <c>tls://host:port</c>, <c>host:port</c> or the path of a Unix socket. When one can't be reached or is sealed, the
    /// next is tried; so it is when a connection is lost. Default: none, then <see cref="Host"/> and <see cref="Port"/> or <see cref="SocketPath"/>.
    /// </summary>
    public IList<string>? Addresses { get; set; }

    /// <summary>
    /// A PEM file with the authorities that vouch for the daemon's certificate, for addresses with <c>tls://</c>; a leading <c>~</c> is the home directory. Default: those that the system
    /// trusts. The certificate has to be valid now, and for the host of the address. There is no setting that leaves this out.
    /// The file has to be a regular one of this user or root, and not writable by others.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with this program's own certificate, for daemons that require one besides the sign-in; a file as <see cref="CaFile"/>. Default: none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificateFile"/>, not encrypted; a file as <see cref="CaFile"/>, not readable by all users. Default: the key is in the same file.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>
    /// The agent's key file, plain (64 hex digits) or passphrase-protected (176 hex digits). Default: in
    /// <see cref="KeyDirectory"/>, <c>AGENT.key.enc</c> if it exists and there is a <see cref="Passphrase"/>, else <c>AGENT.key</c>.
    /// </summary>
    public string? KeyPath { get; set; }

    /// <summary>Where agents' key files are; a leading <c>~</c> is the home directory. Default <c>~/.sanctum/keys</c>.</summary>
    public string? KeyDirectory { get; set; }

    /// <summary>Decrypts a protected key file, at each sign-in. Default: none.</summary>
    public string? Passphrase { get; set; }

    /// <summary>
    /// Refuses a key file that its group or others may read or write. Default false, because containers commonly mount secrets
    /// with modes that their user can't change and that only look loose. Turn it on where key files lie in a home directory
    /// that other users of the machine can enter. Not checked on Windows.
    /// </summary>
    public bool RequirePrivateKeyFile { get; set; }

    /// <summary>
    /// Signs only challenges that carry this protocol's label (<c>sanctum-auth-v1</c>), as this project's daemon sends them.
    /// Default false: daemons of other makes send 32 bare random bytes, and a client that refused them would work with none of
    /// them until it was configured. What is signed without the label is held to a rule that keeps a signature useless
    /// elsewhere: 32 to 64 bytes, no text, no other label. Turn it on when all your daemons are this project's:
    /// whoever takes over the socket can then have nothing else signed at all.
    /// </summary>
    public bool RequireLabelledChallenge { get; set; }

    /// <summary>The most that connecting and signing in may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most that a call waits for its reply; then it fails with <see cref="OutcomeUnknownException"/> and the connection
    /// stays usable. Default 100 s; <see cref="Timeout.InfiniteTimeSpan"/> waits forever. A request that the vault sends waits for
    /// its own time (<see cref="HttpUseOptions.Timeout"/>).
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>The most that disposing the client waits for its leases to be released. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock for timeouts, and for the expiry of a lease whose vault gives only its time to live. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>A client keeps a copy, so that changing the options later can't pull the ground from under it.</summary>
    internal SanctumClientOptions Snapshot()
    {
        var copy = (SanctumClientOptions)MemberwiseClone();
        copy.Addresses = Addresses is null ? null : [.. Addresses];
        return copy;
    }
}
