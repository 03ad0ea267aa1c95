using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Runs;

/// <summary>
/// What programs that speak to AWS need beside a placeholder for the id of the access key. They sign with any key; the vault takes their signature off and signs
/// the whole request itself.
/// </summary>
internal static class AwsVariables
{
    public const string Id = "AWS_ACCESS_KEY_ID";

    private const string Key = "AWS_SECRET_ACCESS_KEY", SessionToken = "AWS_SESSION_TOKEN", Checksums = "AWS_REQUEST_CHECKSUM_CALCULATION";

    /// <summary>Sets them where the program has the id as a placeholder.</summary>
    /// <param name="environment">The program's. A token of another session would not fit, and is taken out.</param>
    /// <param name="values">The run's variables.</param>
    /// <param name="placeholders">The run's placeholders.</param>
    /// <returns>The variables with those that were missing.</returns>
    public static IReadOnlyDictionary<string, string> With(RawEnvironment environment, IReadOnlyDictionary<string, string> values, IEnumerable<string> placeholders)
    {
        if (!values.TryGetValue(Id, out var id) || !placeholders.Contains(id, StringComparer.Ordinal))
        {
            return values;
        }

        environment.Remove(name => name is SessionToken or Key);
        var all = new Dictionary<string, string>(values, StringComparer.Ordinal);
        _ = all.TryAdd(Key, id);
        if (environment.Get(Checksums) is null)
        {
            // Otherwise SDKs send bodies in pieces, which they sign one by one.
            _ = all.TryAdd(Checksums, "when_required");
        }

        return all;
    }
}
