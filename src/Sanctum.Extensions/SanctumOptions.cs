using Sanctum.Client;

namespace Sanctum.Extensions;

/// <summary>
/// Where the vault is and which agent a program is. Each setting has a default but <see cref="Agent"/>. What is open is filled in from the environment, unless
/// the vault has a name of its own: <see cref="SanctumEnvironment"/> lists the variables.
/// </summary>
public class SanctumOptions
{
    /// <summary>The agent's name, as <c>sanctum agent register</c> was given it. Required, here or in <c>SANCTUM_AGENT</c>.</summary>
    public string? Agent { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.SocketPath"/>
    public string? SocketPath { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.Host"/>
    public string? Host { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.Port"/>
    public int? Port { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.Addresses"/>
    public IList<string>? Addresses { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.CaFile"/>
    public string? CaFile { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.ClientCertificateFile"/>
    public string? ClientCertificateFile { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.ClientKeyFile"/>
    public string? ClientKeyFile { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.KeyPath"/>
    public string? KeyPath { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.KeyDirectory"/>
    public string? KeyDirectory { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.Passphrase"/>
    public string? Passphrase { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.DaemonUserId"/>
    public uint? DaemonUserId { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.RequirePrivateKeyFile"/>
    public bool RequirePrivateKeyFile { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.RequireLabelledChallenge"/>
    public bool RequireLabelledChallenge { get; set; }

    /// <inheritdoc cref="SanctumClientOptions.ConnectTimeout"/>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="SanctumClientOptions.RequestTimeout"/>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <inheritdoc cref="SanctumClientOptions.CloseTimeout"/>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The section that they were read from, with a colon after it, for messages; empty for none.</summary>
    internal string Section { get; set; } = "";
}
