using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>Which folder of the vault may know which. The table only gets shorter.</summary>
public sealed partial class FolderTests
{
    // Door and Sealing put the features together, and may know everything.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Text"] = [],
        ["Crypto"] = [],
        ["Destinations"] = ["Text"],
        ["Backups"] = ["Storage"],
        ["Storage"] = ["Agents", "Audit", "Credentials", "Crypto", "Leases", "Policies"],
        ["Audit"] = ["Agents", "Crypto", "Operations", "Policies", "Sealing", "Storage", "Text"],
        ["Agents"] = ["Audit", "Credentials", "Crypto", "Door", "Leases", "Sealing", "Storage", "Text"],
        ["Sessions"] = ["Agents", "Audit", "Crypto", "Sealing"],
        ["Leases"] = ["Agents", "Audit", "Credentials", "Crypto", "Door", "Sealing", "Storage"],
        ["Credentials"] = ["Audit", "Crypto", "Destinations", "Door", "Egress", "Leases", "Operations", "Policies", "Sealing", "Storage", "Text"],
        ["Policies"] = ["Agents", "Audit", "Credentials", "Destinations", "Door", "Egress", "Leases", "Operations", "Sealing", "Storage", "Text"],
        ["Operations"] = ["Agents", "Credentials", "Crypto", "Destinations", "Egress"],
        ["Egress"] = ["Agents", "Credentials", "Crypto", "Destinations", "Operations", "Policies", "Sealing"],
    };

    [Fact]
    public void No_folder_knows_another_than_those_in_the_table()
    {
        var known = Known();
        Assert.NotEmpty(known);
        Assert.DoesNotContain(known, edge => edge.From is not ("Door" or "Sealing") && !(Allowed.TryGetValue(edge.From, out var to) && to.Contains(edge.To, StringComparer.Ordinal)));
    }

    [Fact]
    public void The_table_allows_nothing_that_is_not_there() =>
        Assert.Empty(Allowed.SelectMany(row => row.Value.Select(to => (row.Key, to))).Except(Known().Select(edge => (edge.From, edge.To))));

    private static List<(string From, string To, string File)> Known() =>
    [
        .. from path in Repository.Files("src/Sanctum.Vault", ".cs")
           let parts = path.Split('/')
           where parts.Length > 3
           from Match used in Using().Matches(Repository.Text(path))
           where used.Groups[1].Value != parts[2]
           select (parts[2], used.Groups[1].Value, path),
    ];

    [GeneratedRegex(@"^using Sanctum\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();
}
