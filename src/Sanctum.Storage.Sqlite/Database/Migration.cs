using System.Globalization;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>A step of the schema: the file <c>Migrations/NNNN_what.sql</c>. Once released, never changed.</summary>
internal sealed record Migration(int Version, string Sql)
{
    public static IReadOnlyList<Migration> All { get; } = Load();

    private static Migration[] Load()
    {
        var assembly = typeof(Migration).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), reader.ReadToEnd());
            })];
    }
}
