using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Services;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Bindings;

/// <summary>What is said of a binding, by a service's name and each by itself. Null is not said.</summary>
internal sealed record GivenBinding
{
    private const string Basic = "basic";

    public Service? Service { get; init; }

    public IReadOnlyList<string>? Hosts { get; init; }

    public IReadOnlyList<string>? AllowedOrigins { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Paths { get; init; }

    public IReadOnlyList<string>? AllowedCredentials { get; init; }

    public string? HeaderType { get; init; }

    /// <summary>Whether the header type is taken off, so that the call chooses it again.</summary>
    public bool ClearsHeaderType { get; init; }

    public string? User { get; init; }

    private string? ChosenHeaderType => ClearsHeaderType ? null : HeaderType ?? Service?.HeaderType;

    /// <summary>Refuses a binding without what the service leaves to the user, and a user name that goes nowhere.</summary>
    public GivenBinding Check()
    {
        ServiceQuestion? host = Hosts is null && AllowedOrigins is null ? Service?.Host : null;
        ServiceQuestion? user = HeaderType is null && User is null && !ClearsHeaderType ? Service?.User : null;
        if (Service is not null && (host ?? user) is not null)
        {
            throw CliErrors.ServiceNeeds(Service, host, user);
        }

        if (User is not null && ChosenHeaderType != Basic)
        {
            throw CliErrors.Usage("--user requires the header type basic", "add --header-type basic, or leave out --user");
        }

        return this;
    }

    /// <summary>Adds it to what is to be stored. What is said neither way stays as it is.</summary>
    public StoreRequest ApplyTo(StoreRequest request) => request with
    {
        Type = request.Type ?? Service?.Type,
        Hosts = Hosts ?? Service?.Hosts,
        AllowedOrigins = AllowedOrigins,
        Methods = Methods ?? Service?.Methods,
        Paths = Paths ?? Service?.Paths,
        AllowedCredentials = AllowedCredentials,
        HeaderType = ChosenHeaderType is var type && User is { } user ? $"{type}:{user}" : type,
        Clear = ClearsHeaderType ? [.. request.Clear ?? [], "header_type"] : request.Clear,
    };
}
