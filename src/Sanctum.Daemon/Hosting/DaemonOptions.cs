namespace Sanctum.Daemon.Hosting;

/// <summary>What the command line says about a daemon. A null leaves it to <c>config.json</c>, and then to the default.</summary>
public sealed record DaemonOptions
{
    /// <summary>The vault's folder.</summary>
    public required string VaultDirectory { get; init; }

    /// <summary>The agents' Unix socket. Default: <c>vault.sock</c> in the vault's folder.</summary>
    public string? Socket { get; init; }

    /// <summary>An address and a port for agents that can't reach a Unix socket; without TLS a loopback one. Default: none.</summary>
    public string? Tcp { get; init; }

    /// <summary>An address and a port for the operators' HTTP API; without TLS a loopback one. Default: none.</summary>
    public string? Http { get; init; }

    /// <summary>A PEM file with the certificate for <see cref="Tcp"/> and <see cref="Http"/>, and its chain. Default: none, and no TLS.</summary>
    public string? TlsCertificateFile { get; init; }

    /// <summary>A PEM file with the certificate's key, not encrypted. Default: none.</summary>
    public string? TlsKeyFile { get; init; }

    /// <summary>A PEM file with the authorities of clients' certificates. With it, clients need one besides their sign-in or token. Default: none.</summary>
    public string? TlsClientAuthoritiesFile { get; init; }

    /// <summary>A loopback <c>host:port</c> for the proxy, besides <c>proxy.sock</c>. Default: none.</summary>
    public string? Proxy { get; init; }

    /// <summary>The proxy's Unix socket. Default: <c>proxy.sock</c> in the vault's folder.</summary>
    public string? ProxySocket { get; init; }

    /// <summary>Whether the vault's seal providers are tried at start, where no passphrase is given. Default: yes. Where none can open it, the daemon starts sealed.</summary>
    public bool UseSealProviders { get; init; } = true;

    /// <summary>The least severe level that is logged: <c>debug</c>, <c>information</c>, <c>warning</c> or <c>error</c>. Default: <c>information</c>.</summary>
    public string? LogLevel { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether <see cref="Tcp"/> and <see cref="Http"/> would have TLS, by these options or by <c>config.json</c>.</summary>
    /// <exception cref="Admin.OperatorException">The configuration can't be read, or only a part of what TLS takes is set.</exception>
    public bool HasTls() => Tls.TlsFiles.Of(this, DaemonConfigFile.Read(VaultDirectory).Tls, Path.GetFullPath(VaultDirectory)) is not null;

    /// <summary>Sees whether a daemon could start with these settings, as far as that can be seen without the vault.</summary>
    /// <exception cref="Admin.OperatorException">It could not.</exception>
    public void Check() => DaemonSettings.Resolve(this).Tls?.Read();

    /// <summary>Where a vault folder's operators reach its daemon: <c>admin.sock</c> in it.</summary>
    /// <param name="vaultDirectory">The vault's folder.</param>
    public static string AdminSocketOf(string vaultDirectory) => Path.Join(Path.GetFullPath(vaultDirectory), "admin.sock");

    /// <summary>Where programs reach a vault folder's proxy unless the daemon is told otherwise: <c>proxy.sock</c> in it.</summary>
    /// <param name="vaultDirectory">The vault's folder.</param>
    public static string ProxySocketOf(string vaultDirectory) => Path.Join(Path.GetFullPath(vaultDirectory), "proxy.sock");

    /// <summary>Where a vault folder's agents reach its daemon unless it is told otherwise: <c>vault.sock</c> in it.</summary>
    /// <param name="vaultDirectory">The vault's folder.</param>
    public static string SocketOf(string vaultDirectory) => Path.Join(Path.GetFullPath(vaultDirectory), "vault.sock");
}
