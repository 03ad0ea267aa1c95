using System.Globalization;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Policies;

/// <summary>Reads <c>--condition KEY=VALUE</c>, each key once.</summary>
internal static class ConditionArguments
{
    private sealed record Key(string Name, string Accepts, Func<ConditionsView, string, ConditionsView?> Read);

    private static readonly Key[] Keys =
    [
        new("max_retrievals_per_hour", "a whole number from 1, such as 10", (it, value) => Count(value) is { } n ? it with { MaxRetrievalsPerHour = n } : null),
        new("max_uses_per_hour", "a whole number from 1, such as 10", (it, value) => Count(value) is { } n ? it with { MaxUsesPerHour = n } : null),
        new("time_window", "two times of day, such as 09:00-17:00 or 22:00-06:00", (it, value) => Window(value) is { } w ? it with { TimeWindow = w } : null),
        new("allowed_operations", "names with commas, such as sign,encrypt", (it, value) => Names(value) is { } n ? it with { AllowedOperations = n } : null),
        new("allowed_domains", "host names with commas, such as api.example.com", (it, value) => Names(value) is { } n ? it with { AllowedDomains = n } : null),
        new("allowed_methods", "methods with commas, such as GET,POST", (it, value) => Names(value) is { } n ? it with { AllowedMethods = n } : null),
        new("allowed_paths", "patterns of paths with commas, such as /v1/*", (it, value) => Names(value) is { } n ? it with { AllowedPaths = n } : null),
        new("allowed_sign_algorithms", "names with commas, such as hmac-sha256,ed25519", (it, value) => Names(value) is { } n ? it with { AllowedSignAlgorithms = n } : null),
        new("require_approval", "true or false", (it, value) => bool.TryParse(value, out var required) ? it with { RequireApproval = required } : null),
    ];

    public static ConditionsView? Parse(IReadOnlyList<string> arguments)
    {
        var conditions = new ConditionsView();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var split = argument.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = split < 0 ? (argument, "") : (argument[..split], argument[(split + 1)..]);
            var key = Keys.FirstOrDefault(it => it.Name == name) ?? throw Unknown(name);
            if (!seen.Add(name))
            {
                throw CliErrors.Usage($"condition '{name}' is given twice", "several names go into one, with commas");
            }

            conditions = key.Read(conditions, value) ?? throw CliErrors.InvalidValue($"condition '{name}'", key.Accepts);
        }

        return arguments.Count == 0 ? null : conditions;
    }

    private static CliException Unknown(string name) => CliErrors.UnknownWord(
        name, Keys.Select(it => it.Name), "there is no such condition", word => $"there is no condition '{word}'", $"there are {string.Join(", ", Keys.Select(it => it.Name))}");

    private static int? Count(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;

    private static string[]? Window(string value) =>
        value.Split('-') is [var start, var end] && Sanctum.Policies.TimeWindow.TryParse(start, end, out _) ? [start, end] : null;

    private static string[]? Names(string value) => CommaSeparated.TryParse(value, out var names) ? names : null;
}
