using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Mcp.Moving;
using Sanctum.Cli.Requests;
using Sanctum.Cli.Secrets;
using Sanctum.Mcp.Wrapping;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>The headers of <c>mcp wrap URL --header</c>. They are in a host's file and in the list of processes, so a secret among them is warned of.</summary>
internal static class RemoteHeaders
{
    private const string Option = "--header";

    /// <exception cref="CliException">One is malformed, the transport's own, or for the secret that the vault adds.</exception>
    public static ServerHeaders Read(Run run, Option<string[]?> option, bool withCredential)
    {
        var given = ((run.Has(option) ? run.Get(option) : null) ?? []).Select(text => RequestHeader.Parse(text, Option, "X-Version: 2")).ToList();
        ServerHeaders headers;
        try
        {
            headers = ServerHeaders.Of(given.Select(it => KeyValuePair.Create(it.Name, it.Value)), withCredential);
        }
        catch (FormatException refused)
        {
            throw CliErrors.InvalidValue(Option, refused.Message);
        }

        foreach (var (name, value) in headers.Values)
        {
            if (WarningFor(name, value) is { } warning)
            {
                run.Terminal.Warn(warning);
            }
        }

        return headers;
    }

    /// <summary>Whether a header looks like a key: by its value, or by its name where the value may well be one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, with or without a scheme before it.</param>
    public static bool LooksSecret(string name, string value) =>
        value.Split(' ')[^1] is var last && (SecretShapes.Of(value) ?? SecretShapes.Of(last)) is not null
        || ((ServerHeaders.IsForSecret(name) || VariableName.IsSecret(name)) && Randomness.LooksSecret(value.Split(' ')[^1]));

    // The value is never repeated.
    private static string? WarningFor(string name, string value) =>
        ProgramKeys.IsReference(value) || Reference.Is(value) || value.Contains("{secret}", StringComparison.Ordinal)
            ? $"the header {name} has a placeholder, which goes out as it is; for a secret, store it with 'sanctum store' and name it with --credential"
        : LooksSecret(name, value)
            ? $"the header {name} looks like a secret, which others see in the process list; store it with 'sanctum store' and name it with --credential"
        : null;
}
