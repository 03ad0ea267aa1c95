using System.CommandLine;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Bindings;

/// <summary>The option that takes off what an earlier <c>store</c> said. What it takes off is named as the option that put it on.</summary>
internal sealed class ClearOption
{
    public const string Tag = "tag";
    public const string Host = "host";
    public const string Origin = "allow-origin";
    public const string Method = "method";
    public const string RequestPath = "request-path";
    public const string Credential = "allow-credential";
    public const string HeaderType = "header-type";
    public const string JwtClaim = "jwt-claim";
    public const string JwtAllow = "jwt-allow";

    /// <summary>All of the rules for JWTs, so that none are minted.</summary>
    public const string Jwt = "jwt";

    private static readonly string[] Parts = [Tag, Host, Origin, Method, RequestPath, Credential, HeaderType, JwtClaim, JwtAllow, Jwt];

    private readonly Option<string[]?> _clear = new("--clear")
    {
        Description = $"Clear what was stored with it; can be repeated: {string.Join(", ", Parts)}", HelpName = "PART",
    };

    private Command? _command;

    public void AddTo(Command command)
    {
        _command = command;
        command.Options.Add(_clear);
    }

    /// <summary>What the command line takes off. Taking off and giving the same thing is refused: either could be meant.</summary>
    public Cleared Read(Run run)
    {
        var parts = run.Has(_clear) ? run.Get(_clear)! : [];
        foreach (var part in parts)
        {
            if (!Parts.Contains(part, StringComparer.Ordinal))
            {
                throw CliErrors.InvalidValue("--clear", $"one of {string.Join(", ", Parts)}");
            }

            if (_command!.Options.FirstOrDefault(option => Gives(option.Name, part) && run.Has(option)) is { } given)
            {
                throw CliErrors.Usage($"{given.Name} and --clear {part} can't be combined", "leave one of them out: a new value replaces the old one");
            }
        }

        return new Cleared(parts);
    }

    private static bool Gives(string option, string part) =>
        option == $"--{part}" || (part == Jwt && option.StartsWith("--jwt-", StringComparison.Ordinal));
}

/// <summary>What is taken off.</summary>
internal sealed record Cleared(IReadOnlyList<string> Parts)
{
    public bool Has(string part) => Parts.Contains(part, StringComparer.Ordinal);

    /// <summary>The list to store: an empty one takes off what was there, null leaves it.</summary>
    public string[]? List(string part) => Has(part) ? [] : null;
}
