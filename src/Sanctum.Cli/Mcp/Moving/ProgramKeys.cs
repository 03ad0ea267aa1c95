using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp.Texts;
using Sanctum.Cli.Secrets;
using Sanctum.Cli.Services;
using Sanctum.Credentials;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>The keys of a server that is a program: in its variables. What is taken for one is what <c>sanctum import</c> takes.</summary>
internal static class ProgramKeys
{
    // They start programs elsewhere, where neither the variables nor the proxy of a run are.
    private static readonly string[] Containers = ["docker", "podman", "nerdctl", "ssh", "wsl", "wsl.exe", "kubectl"];

    // Where hosts put something else in: ${NAME}, ${input:name}, {env:NAME}, {file:path}, $NAME.
    private static readonly string[] References = ["${", "{env:", "{file:", "$(", Reference.Scheme];

    public static ServerMove Of(FoundServer server, string prefix, VariableServices services)
    {
        var found = server.Variables.Where(it => !IsReference(it.Value)).ToList();
        var entries = found.Select(it => new DotenvEntry(it.Line, it.Name, it.Value, it.Place.Start..it.Place.End)).ToList();
        var plan = ImportPlan.Of(entries, prefix, services);
        var keys = plan.Secrets.Select(secret => KeyOf(server, found[entries.IndexOf(secret.Entry)], secret)).ToList();
        keys.AddRange(plan.Kept.Where(it => IsOfDatabase(it.Entry.Value)).Select(it => it.Entry).Select(entry => PathOf(prefix, entry.Name!) is { } path ? KeyOf(server, found[entries.IndexOf(entry)], new(entry, path, null, "password in a URL")) : null).OfType<MovedKey>());
        var left = plan.Kept.Where(it => !keys.Exists(key => key.Secret.Entry == it.Entry) && VariableName.IsSecret(it.Entry.Name!) && it.Entry.Value.Length > 0)
            .Select(it => new LeftKey(it.Entry.Line, $"{server.Name}: {it.Entry.Name}", it.Why) { Value = it.Entry.Value }).ToList();
        if (WhyNot(server) is { } why)
        {
            return new(server, [], [.. keys.Select(key => Left(key, why)), .. left]);
        }

        // One key of two: what signs with both has to get both from one credential.
        var pairs = keys.Where(key => key.Found.Name.StartsWith("AWS_", StringComparison.OrdinalIgnoreCase)).ToList();
        left.AddRange(pairs.Select(key => Left(key, "it belongs to an id: store both as one credential, 'sanctum store PATH --service aws', and put them in with 'mcp wrap --service aws'")));
        return new(server, [.. keys.Except(pairs)], left);
    }

    /// <summary>Whether the host puts something else in this text's place.</summary>
    public static bool IsReference(string value) =>
        References.Any(it => value.Contains(it, StringComparison.Ordinal)) || (value is ['$', var first, ..] && (char.IsAsciiLetter(first) || first == '_') && value.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    /// <summary>A key that stays after all.</summary>
    public static LeftKey Left(MovedKey key, string why) => new(key.Found.Line, $"{key.Server}: {key.Found.Name}", why) { Value = key.Raw };

    private static MovedKey KeyOf(FoundServer server, FoundValue found, PlannedSecret secret) =>
        new(server.Name, found, found.Value, secret, secret.Service is null && IsOfDatabase(found.Value));

    // A URL with a password, such as postgres://: what connects with it speaks no HTTP, so a placeholder would reach the database as it is.
    private static bool IsOfDatabase(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url.UserInfo.Split(':', 2) is [_, { Length: > 0 } password] && Randomness.IsNoPlaceholder(password) && url.Scheme is not ("http" or "https");

    private static string? PathOf(string prefix, string name) => CredentialPath.TryParse($"{prefix}/{name.ToLowerInvariant()}", out var path) ? path.Value : null;

    private static string? WhyNot(FoundServer server) => server switch
    {
        { Flaw: { } flaw } => flaw,
        _ when Path.GetFileName(server.Command!) is var program && Containers.Contains(program, StringComparer.Ordinal) => $"'{program}' starts the server where the vault's proxy can't be reached",
        _ when IsReference(server.Command!) => "the host puts something else in the place of its command",
        _ => null,
    };
}
