using System.Security.Cryptography;
using System.Text.Json;

namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>All tools of a server. A hash for each would not show one that was renamed or added, so there is one of the whole set as well.</summary>
public sealed class PinnedSet
{
    /// <summary>How many tools a server can have.</summary>
    public const int MostTools = 2048;

    private readonly Dictionary<string, PinnedTool> _byName;

    private PinnedSet(Dictionary<string, PinnedTool> byName)
    {
        _byName = byName;
        Tools = [.. byName.Values.OrderBy(tool => tool.Name, StringComparer.Ordinal)];
        var all = JsonElement.Parse("[" + string.Join(',', Tools.Select(tool => tool.Definition.GetRawText())) + "]");
        Hash = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Of(all)));
    }

    /// <summary>The tools, by name.</summary>
    public IReadOnlyList<PinnedTool> Tools { get; }

    /// <summary>SHA-256 over the definitions of all tools in the order of their names, in canonical form (RFC 8785), in hex.</summary>
    public string Hash { get; }

    /// <summary>Puts tools together.</summary>
    /// <exception cref="JsonException">There are too many, or two have one name: which of them would be called, nobody knows.</exception>
    public static PinnedSet Of(IEnumerable<PinnedTool> tools)
    {
        var byName = new Dictionary<string, PinnedTool>(StringComparer.Ordinal);
        foreach (var tool in tools)
        {
            if (!byName.TryAdd(tool.Name, tool))
            {
                throw new JsonException("two tools have the same name");
            }

            if (byName.Count > MostTools)
            {
                throw new JsonException($"there are more than {MostTools} tools");
            }
        }

        return new PinnedSet(byName);
    }

    /// <summary>A tool; null where there is none of this name.</summary>
    public PinnedTool? Find(string name) => _byName.GetValueOrDefault(name);
}
