using Microsoft.Extensions.Configuration;
using Sanctum.Client;

namespace Sanctum.Extensions.Registration;

/// <summary>What is done with settings: they are read, completed, checked, and turned into a client.</summary>
internal static class Settings
{
    /// <summary>Reads a section. A key that is no setting is refused, as it is most likely a typing error.</summary>
    /// <exception cref="InvalidOperationException">The section has an unknown key or an invalid value.</exception>
    public static void Read(SanctumOptions options, IConfiguration section)
    {
        options.Section = section is IConfigurationSection { Path: var path } ? $"{path}:" : "";
        section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
    }

    /// <summary>Fills in from the environment what is open.</summary>
    /// <exception cref="ArgumentException">A variable has an invalid value.</exception>
    public static void Fill(SanctumOptions options)
    {
        options.Agent = string.IsNullOrEmpty(options.Agent) ? SanctumEnvironment.AgentName : options.Agent;
        var filled = SanctumEnvironment.Fill(ClientOptions(options, TimeProvider.System));
        (options.SocketPath, options.Host, options.Port) = (filled.SocketPath, filled.Host, filled.Port);
        options.Addresses = filled.Addresses;
        (options.CaFile, options.ClientCertificateFile, options.ClientKeyFile) = (filled.CaFile, filled.ClientCertificateFile, filled.ClientKeyFile);
        (options.KeyPath, options.KeyDirectory) = (filled.KeyPath, filled.KeyDirectory);
    }

    /// <summary>What is wrong with settings, and what to do; nothing when they can be used.</summary>
    /// <param name="options">Complete.</param>
    /// <param name="hasEnvironment">Whether the environment is looked at, too.</param>
    public static IEnumerable<string> Flaws(SanctumOptions options, bool hasEnvironment)
    {
        if (string.IsNullOrEmpty(options.Agent))
        {
            yield return $"no agent is named for the vault: set {options.Section}{nameof(options.Agent)}{(hasEnvironment ? $" or {SanctumEnvironment.AgentVariable}" : "")} " +
                "to the name that 'sanctum agent register' was given";
        }
        else if (NameFlaw(options.Agent) is { } flaw)
        {
            yield return $"{options.Section}{nameof(options.Agent)} is invalid: {flaw}";
        }

        if (string.IsNullOrEmpty(options.Host) != options.Port is null)
        {
            yield return $"{options.Section}{nameof(options.Host)} and {nameof(options.Port)} belong together: set both, or neither for a Unix socket";
        }

        if (AddressFlaw(options.Addresses) is { } wrong)
        {
            yield return $"{options.Section}{nameof(options.Addresses)} is invalid: {wrong}; an address is tls://HOST:PORT, HOST:PORT or a socket's path";
        }

        if (options.Port is < 1 or > 65535)
        {
            yield return $"{options.Section}{nameof(options.Port)} is invalid: a TCP port is 1 to 65535";
        }

        foreach (var (name, time) in Times(options).Where(entry => entry.Time <= TimeSpan.Zero && entry.Time != Timeout.InfiniteTimeSpan))
        {
            yield return $"{options.Section}{name} is {time:c}: set a time above zero, such as 00:00:10";
        }
    }

    /// <summary>A client with these settings. It connects when it is first used.</summary>
    public static SanctumClient Open(SanctumOptions options, TimeProvider time) => new(options.Agent!, ClientOptions(options, time));

    private static (string Name, TimeSpan Time)[] Times(SanctumOptions options) =>
    [
        (nameof(options.ConnectTimeout), options.ConnectTimeout),
        (nameof(options.RequestTimeout), options.RequestTimeout),
        (nameof(options.CloseTimeout), options.CloseTimeout),
    ];

    private static string? AddressFlaw(IList<string>? addresses)
    {
        try
        {
            _ = new SanctumClient("any", new SanctumClientOptions { Addresses = addresses });
            return null;
        }
        catch (ArgumentException invalid)
        {
            return invalid.Message;
        }
    }

    // The client has the rule for names. Nothing is opened by making one.
    private static string? NameFlaw(string agent)
    {
        try
        {
            _ = new SanctumClient(agent);
            return null;
        }
        catch (ArgumentException invalid)
        {
            return invalid.Message;
        }
    }

    private static SanctumClientOptions ClientOptions(SanctumOptions options, TimeProvider time) => new()
    {
        SocketPath = options.SocketPath,
        Host = options.Host,
        Port = options.Port,
        Addresses = options.Addresses,
        CaFile = options.CaFile,
        ClientCertificateFile = options.ClientCertificateFile,
        ClientKeyFile = options.ClientKeyFile,
        KeyPath = options.KeyPath,
        KeyDirectory = options.KeyDirectory,
        Passphrase = options.Passphrase,
        DaemonUserId = options.DaemonUserId,
        RequirePrivateKeyFile = options.RequirePrivateKeyFile,
        RequireLabelledChallenge = options.RequireLabelledChallenge,
        ConnectTimeout = options.ConnectTimeout,
        RequestTimeout = options.RequestTimeout,
        CloseTimeout = options.CloseTimeout,
        TimeProvider = time,
    };
}
