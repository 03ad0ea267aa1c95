using Sanctum.Crypto;
using Sanctum.Egress;
using Sanctum.Sealing;

namespace Sanctum;

/// <summary>What a host may choose about a vault.</summary>
public sealed record VaultOptions
{
    /// <summary>The clock, and the time zone that policies' time windows are read in. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What a passphrase costs to try; used when a vault is made and when its passphrase is changed.</summary>
    public KdfParameters Kdf { get; init; } = KdfParameters.Default;

    /// <summary>How long a session lasts. Default: one hour; the client then signs in again.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a challenge is valid. Default: 30 seconds.</summary>
    public TimeSpan ChallengeLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a lease may be renewed before the secret has to be retrieved, and so decided on, again. Default: 12.</summary>
    public int MaxLeaseRenewals { get; init; } = 12;

    /// <summary>How many leases one agent may hold at once. Default: 1000. Expired leases do not count.</summary>
    public int MaxLeasesPerAgent { get; init; } = 1000;

    /// <summary>The largest secret, in bytes. Default: 1 MiB, so that its hex fits any client's frame.</summary>
    public int MaxSecretBytes { get; init; } = 1024 * 1024;

    /// <summary>The largest result of an operation, in bytes of JSON as <see cref="System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/> writes it, which is how the daemon does.
    /// Default: 4 MiB less room for the reply around it.</summary>
    public int MaxResultBytes { get; init; } = (4 * 1024 * 1024) - 1024;

    /// <summary>
    /// Operations that take a processor for long (private keys of RSA, more than 64 KiB of input) and run at a time; agents take turns. Default: one fewer than
    /// there are processors, and at least one.
    /// </summary>
    public int MaxHeavyOperations { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>
    /// For how long a store that several daemons write to may be silent. After that it can't be known what was withdrawn: what runs ends, and nothing is decided
    /// until it is heard again. Default: 1 second.
    /// </summary>
    public TimeSpan LongestStoreSilence { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a call whose policy asks for a human waits for the human before it is told so. Default: 5 seconds.</summary>
    public TimeSpan ApprovalWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>About requests that the vault sends.</summary>
    public EgressOptions Egress { get; init; } = new();

    /// <summary>
    /// Failed sign-ins of one source in a minute that are told so and recorded one by one. More are <see cref="VaultErrorCode.RateLimited"/> and counted in one entry. A right
    /// signature is taken whatever failed before. Default: 10.
    /// </summary>
    public int MaxFailedSignInsPerMinute { get; init; } = 10;

    /// <summary>
    /// Entries that one agent may cause in a minute without using a credential: so many for calls that are refused or fail, so many for lists, so many for sessions. More
    /// are counted in one entry; refused and failed calls are then <see cref="VaultErrorCode.RateLimited"/>. Default: 1200.
    /// </summary>
    public int MaxRecordedPerMinute { get; init; } = 1200;

    /// <summary>The kinds of seal providers that this program has. Default: none.</summary>
    public IReadOnlyList<ISealProvider> SealProviders { get; init; } = [];

    /// <summary>How long one seal provider may take. Default: 10 seconds.</summary>
    public TimeSpan SealProviderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the measurements of the meter <c>Sanctum.Vault</c> may name. Default: neither agents nor credentials.</summary>
    public MetricLabels MetricLabels { get; init; }
}
