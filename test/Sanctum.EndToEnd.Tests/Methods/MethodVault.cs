using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>The vault that the tests of the methods share.</summary>
[CollectionDefinition(nameof(MethodVault))]
public sealed class MethodVault : ServedVault, ICollectionFixture<MethodVault>
{
    public const string Agent = "alice";
    public const string OtherAgent = "bob";
    public const string Key = "api/key";
    public const string Secret = "sk-test-1234";
    public const string Bytes = "api/bytes";
    public const int MaxTtl = 120;

    /// <summary>What <see cref="Agent"/> lists, in order.</summary>
    public static readonly string[] Listed = [Bytes, Key, "page/a", "page/b", "page/c", "page/d", "page/e"];

    /// <summary>Not UTF-8.</summary>
    public static readonly byte[] SecretBytes = [0xff, 0x00, 0xfe, 0x0a];

    protected override async Task FillAsync()
    {
        await Home.StoreAsync(Key, Secret, "--type", "api_key", "--description", "the key", "--tag", "one", "--tag", "two");
        await Home.StoreAsync(Bytes, SecretBytes, "--type", "blob");
        await Home.StoreAsync("hidden/key", "nobody's");
        foreach (var path in Listed[2..])
        {
            await Home.StoreAsync(path, path);
        }

        await Home.RegisterAsync(Agent);
        await Home.RegisterAsync(OtherAgent);
        await Home.GrantAsync("both", "*", "api/*", "retrieve,use", "--max-ttl", $"{MaxTtl}");
        await Home.GrantAsync("pages", Agent, "page/*", "list");
    }
}
