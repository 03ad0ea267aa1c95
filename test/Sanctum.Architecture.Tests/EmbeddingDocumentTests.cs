using System.Reflection;
using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>docs/embedding.md lists what programs that embed a vault can see: a type that becomes public is a decision.</summary>
public sealed partial class EmbeddingDocumentTests
{
    private static readonly string _page = Repository.Text("docs/embedding.md");

    private static readonly List<Type> _public = [.. ((string[])["Sanctum.Vault", "Sanctum.Storage.Sqlite", "Sanctum.Storage.Postgres"]).SelectMany(name => Assembly.Load(name).GetExportedTypes())];

    [Fact]
    public void The_table_has_every_public_type_once() =>
        Assert.Equal(
            _public.Select(type => $"{type.Namespace}.{type.Name}").Order(StringComparer.Ordinal),
            from row in Rows().Matches(_page)
            from type in Code().Matches(row.Groups["types"].Value)
            let name = $"{row.Groups["namespace"].Value}.{type.Groups[1].Value}"
            orderby name
            select name);

    [Fact]
    public void The_page_names_each_type_that_has_to_be_disposed()
    {
        var sentence = _page.Split('\n').Single(line => line.Contains("To be disposed are", StringComparison.Ordinal));
        var disposable = _public.Where(type => type is { IsInterface: false } && (typeof(IDisposable).IsAssignableFrom(type) || typeof(IAsyncDisposable).IsAssignableFrom(type)));
        Assert.All(disposable, type => Assert.True(
            sentence.Contains($"`{type.Name}`", StringComparison.Ordinal) || type.Name.EndsWith("Store", StringComparison.Ordinal) || sentence.Contains($"`{type.BaseType!.Name}`", StringComparison.Ordinal),
            type.Name));
    }

    [GeneratedRegex(@"^\| `(?<namespace>Sanctum[\w.]*)` \| [^|]+ \| (?<types>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Code();
}
