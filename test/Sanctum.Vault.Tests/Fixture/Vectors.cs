using System.Text.Json;

namespace Sanctum.Tests.Fixture;

/// <summary>The samples in test/vectors, made by independent implementations.</summary>
internal static class Vectors
{
    public static JsonElement[] Load(string file, string member)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Join(AppContext.BaseDirectory, "vectors", file)));
        JsonElement[] all = [.. document.RootElement.GetProperty(member).EnumerateArray().Select(vector => vector.Clone())];
        return all.Length > 0 ? all : throw new InvalidOperationException($"{file} has no vectors in '{member}': the test would prove nothing");
    }
}
