using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;

namespace Sanctum.Cli.Services;

/// <summary>The services that are known by name: those that come along, and the user's own, which win.</summary>
internal sealed class ServiceCatalog
{
    private const string Resource = "services.json";

    private ServiceCatalog(IEnumerable<Service> own) =>
        All = [.. own.UnionBy(BuiltIn, service => service.Name, StringComparer.Ordinal).OrderBy(service => service.Name, StringComparer.Ordinal)];

    /// <summary>What comes along.</summary>
    public static IReadOnlyList<Service> BuiltIn => field ??= ReadBuiltIn();

    /// <summary>In order of name.</summary>
    public IReadOnlyList<Service> All { get; }

    public static ServiceCatalog Of(VaultDirectory vault) => new(ServiceFile.Read(vault.Path));

    /// <exception cref="CliException">There is none of this name.</exception>
    public Service Find(string name) => All.FirstOrDefault(it => it.Name == name) ?? throw CliErrors.NoService(name, All.Select(it => it.Name));

    private static IReadOnlyList<Service> ReadBuiltIn()
    {
        using var stream = typeof(ServiceCatalog).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not embedded");
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        return ServiceFile.Parse(json, Resource);
    }
}
