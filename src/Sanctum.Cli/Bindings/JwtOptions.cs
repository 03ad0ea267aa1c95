using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Bindings;

/// <summary>The options that say what JWTs may be minted with a private key.</summary>
internal sealed class JwtOptions
{
    private readonly Option<string[]?> _claims = new("--jwt-claim")
    {
        Description = "A claim of every JWT minted with this key, such as iss=my-app; can be repeated", HelpName = "NAME=VALUE",
    };

    private readonly Option<string[]?> _allowed = new("--jwt-allow")
    {
        Description = "A claim that a call may set in a JWT, such as sub; can be repeated. Default: none", HelpName = "NAME",
    };

    private readonly Option<long?> _maxLifetime = new("--jwt-max-lifetime") { Description = "How long a JWT may be valid, in seconds, at most a day. Default: 600", HelpName = "S" };

    public void AddTo(Command command)
    {
        command.Options.Add(_claims);
        command.Options.Add(_allowed);
        command.Options.Add(_maxLifetime);
    }

    /// <summary>What the command line says of JWTs; null when nothing.</summary>
    public GivenJwt? Read(Run run, Cleared cleared)
    {
        var given = new GivenJwt(
            run.Has(_claims) ? Claims(run.Get(_claims)!) : cleared.Has(ClearOption.JwtClaim) ? new Dictionary<string, string>() : null,
            run.Has(_allowed) ? run.Get(_allowed) : cleared.List(ClearOption.JwtAllow),
            run.Get(_maxLifetime));
        return given == GivenJwt.Nothing ? null : given;
    }

    private static Dictionary<string, string> Claims(IEnumerable<string> arguments)
    {
        var claims = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var split = argument.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0)
            {
                throw CliErrors.InvalidValue("--jwt-claim", "a name and a value: iss=my-app");
            }

            if (!claims.TryAdd(argument[..split], argument[(split + 1)..]))
            {
                throw CliErrors.Usage("--jwt-claim has the same name twice");
            }
        }

        return claims;
    }
}

/// <summary>What is said of JWTs. Null is not said.</summary>
internal sealed record GivenJwt(IReadOnlyDictionary<string, string>? Claims, IReadOnlyList<string>? AllowedClaims, long? MaxLifetime)
{
    public static GivenJwt Nothing { get; } = new(null, null, null);

    // Where there are no rules, taking claims off them must not make some: they would let JWTs be minted.
    private bool OnlyClears => Claims is null or { Count: 0 } && AllowedClaims is null or { Count: 0 } && MaxLifetime is null;

    /// <summary>The rules, with what is not said as it was: the vault takes them as one whole. Null where there are none and none are made.</summary>
    public JwtView? Over(JwtView? known) => known is null && OnlyClears ? null : new(
        Claims ?? known?.Claims, AllowedClaims ?? known?.AllowedClaims, MaxLifetime ?? known?.MaxLifetime ?? new JwtView().MaxLifetime);
}
