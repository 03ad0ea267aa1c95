using System.Text;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Secrets;
using Sanctum.Cli.Services;
using Sanctum.Credentials;

namespace Sanctum.Cli.Imports;

/// <summary>A secret of a .env file, and where it goes.</summary>
/// <param name="Service">What it is bound as; null where nothing tells.</param>
/// <param name="Kind">The kind that the value looks like; null where it looks like none.</param>
internal sealed record PlannedSecret(DotenvEntry Entry, string Path, Service? Service, string? Kind)
{
    /// <summary>How it is bound, where that is known better than by a service's name.</summary>
    public GivenBinding? Binding { get; init; }

    /// <summary>Whether the service leaves something for the user to say, so that it can't be bound by its name alone.</summary>
    public bool NeedsMore => Service is { Host: not null } or { User: not null };

    /// <summary>The bytes to be stored; the caller zeroes them.</summary>
    public byte[] Bytes() => Encoding.UTF8.GetBytes(Entry.Value);
}

/// <summary>A line that stays as it is.</summary>
internal sealed record KeptLine(DotenvEntry Entry, string Why);

/// <summary>What is to be done with a .env file. Nothing has been done yet.</summary>
internal sealed record ImportPlan(IReadOnlyList<PlannedSecret> Secrets, IReadOnlyList<KeptLine> Kept)
{
    public static ImportPlan Of(DotenvFile file, string prefix, VariableServices services) => Of(file.Entries, prefix, services);

    /// <summary>The same of variables that stand elsewhere.</summary>
    public static ImportPlan Of(IReadOnlyList<DotenvEntry> entries, string prefix, VariableServices services)
    {
        var repeated = entries.Where(it => it.Name is not null).GroupBy(it => it.Name!.ToLowerInvariant(), StringComparer.Ordinal)
            .Where(it => it.Select(entry => entry.Value).Distinct(StringComparer.Ordinal).Count() > 1).Select(it => it.Key).ToHashSet(StringComparer.Ordinal);
        var (secrets, kept) = (new List<PlannedSecret>(), new List<KeptLine>());
        foreach (var entry in entries)
        {
            var shape = SecretShapes.Of(entry.Value);
            if (WhyKept(entry, shape, services, repeated) is { } why)
            {
                kept.Add(new(entry, why));
            }
            else if (CredentialPath.TryParse($"{prefix}/{entry.Name!.ToLowerInvariant()}", out var path))
            {
                secrets.Add(new(entry, path.Value, ServiceOf(entry.Name!, shape, services), shape?.Kind));
            }
            else
            {
                kept.Add(new(entry, "its name can't be part of a path"));
            }
        }

        return new(secrets, kept);
    }

    // What a value looks like is proof; a name only says.
    private static Service? ServiceOf(string name, SecretShape? shape, VariableServices services) =>
        shape is null ? services.Of(name) : services.ByName(shape.Service);

    private static string? WhyKept(DotenvEntry entry, SecretShape? shape, VariableServices services, HashSet<string> repeated) =>
        entry.Flaw ?? (entry switch
        {
            { Value.Length: 0 } => "it is empty",
            _ when Reference.Is(entry.Value) => "it is a reference already",
            _ when repeated.Contains(entry.Name!.ToLowerInvariant()) => "its name is repeated with another value",
            { RefersToAnother: true } => "it refers to another variable",
            _ when shape is not null => null,
            _ when VariableName.IsPublic(entry.Name!) => "its name says that it is public",
            _ when services.Of(entry.Name!) is null && !VariableName.IsSecret(entry.Name!) => "it does not look like a secret",
            _ when !Randomness.LooksSecret(entry.Value) => "its value is too plain for a secret, or a placeholder",
            _ => null,
        });
}
