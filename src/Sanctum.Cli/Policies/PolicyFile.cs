using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Policies;

/// <summary>Reads a file of policies, and refuses it whole if it is invalid, saying where. What policies may say is the vault's to judge.</summary>
internal static partial class PolicyFile
{
    private const int Longest = 4 * 1024 * 1024;
    private const string Stdin = "/dev/stdin";

    private static readonly string[] Members =
    [
        "policies", "name", "principal", "resources", "actions", "max_ttl", "conditions", "enabled", "expires_at", "max_retrievals_per_hour", "max_uses_per_hour", "time_window",
        "allowed_operations", "allowed_domains", "allowed_methods", "allowed_paths", "allowed_sign_algorithms", "require_approval",
    ];

    /// <param name="path">The file; <c>-</c> is stdin.</param>
    public static IReadOnlyList<PolicyView> Read(string path)
    {
        try
        {
            // Whoever can write this file chooses what agents may do.
            var json = FoundFile.TryRead(path == "-" ? Stdin : HomeFolder.Expand(path), "the file of --file", FileTrust.Given, Longest);
            return Parse(json ?? throw CliErrors.MissingFile("--file"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }

    public static IReadOnlyList<PolicyView> Parse(ReadOnlySpan<byte> json)
    {
        if (json is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..])
        {
            throw CliErrors.InvalidPolicies("it is UTF-16 text; save it as UTF-8");
        }

        try
        {
            // Not part of JSON, and yet what some editors begin a file with.
            var text = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
            return Check((JsonSerializer.Deserialize(text, PolicyFileJson.Default.PoliciesFile) ?? throw CliErrors.InvalidPolicies("it must be an object")).Policies);
        }
        catch (JsonException malformed)
        {
            throw CliErrors.InvalidPolicies($"line {malformed.LineNumber.GetValueOrDefault() + 1}, column {malformed.BytePositionInLine.GetValueOrDefault() + 1}: {Describe(malformed)}");
        }
    }

    private static IReadOnlyList<PolicyView> Check(IReadOnlyList<PolicyView> policies)
    {
        foreach (var (index, policy) in policies.Index())
        {
            if (policy is null || new[] { policy.Resources, policy.Actions }.Any(list => list is null || list.Contains(null!)))
            {
                throw CliErrors.InvalidPolicies($"policies[{index}] is null, or has null in a list");
            }

            if (policy.Actions.FirstOrDefault(action => !ActionNames.All.Contains(action)) is { } unknown)
            {
                throw CliErrors.InvalidPolicies($"policies[{index}].actions: {ActionNames.Unknown(unknown).Message}", ActionNames.Unknown(unknown).Hint);
            }
        }

        return policies;
    }

    // What is not a member's name is not repeated: another file can have been named by mistake, with secrets in it.
    private static string Describe(JsonException malformed)
    {
        var place = Place.Match(malformed.Path ?? "") is { Length: > 2 } match ? match.Value[2..] : "the file";
        var quoted = malformed.Message.Split('\'', '"').Where(Members.Contains).ToArray();
        return malformed.Message switch
        {
            var it when it.Contains("could not be mapped", StringComparison.Ordinal) => $"{place} has a member that does not belong there",
            var it when it.Contains("missing required", StringComparison.Ordinal) => $"{place} has no {(quoted is [] ? "member that it requires" : string.Join(", ", quoted.Select(member => $"'{member}'")))}",
            var it when it.StartsWith("Duplicate", StringComparison.Ordinal) => $"{place} has a member twice",
            _ when malformed.InnerException is JsonException => "this is not JSON",
            _ => $"{place} has a value of the wrong type",
        };
    }

    // A place that is made of a policy's own names and of numbers, as far as it is.
    [GeneratedRegex(@"^\$(\.policies(\[\d+\](\.(name|principal|resources|actions|max_ttl|enabled|expires_at|conditions(\.(max_retrievals_per_hour|max_uses_per_hour|time_window|allowed_operations|allowed_domains|allowed_methods|allowed_paths|allowed_sign_algorithms|require_approval))?)(\[\d+\])?)?)?)?")]
    private static partial Regex Place { get; }
}

/// <summary>What <c>policy list --json</c> prints, and <c>policy apply</c> takes.</summary>
internal sealed record PoliciesFile(IReadOnlyList<PolicyView> Policies);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(PoliciesFile))]
internal sealed partial class PolicyFileJson : JsonSerializerContext;
