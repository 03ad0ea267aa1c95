using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary>The vault that most tests of the errors share.</summary>
[CollectionDefinition(nameof(ErrorVault))]
public sealed class ErrorVault : ServedVault, ICollectionFixture<ErrorVault>
{
    public const string Agent = "alice";
    public const string OtherAgent = "bob";
    public const string Key = "a/key";
    public const string Limited = "limited/key";
    public const string Asked = "asked/key";

    /// <summary>Granted, and not there.</summary>
    public const string Missing = "a/missing";

    /// <summary>There, and not granted.</summary>
    public const string Denied = "denied/key";

    protected override string Configuration => """{ "failed_sign_ins_per_minute": 10000, "lease_renewals": 1 }""";

    protected override async Task FillAsync()
    {
        foreach (var path in new[] { Key, Limited, Asked, Denied })
        {
            await Home.StoreAsync(path, "a secret of some length");
        }

        await Home.RegisterAsync(Agent);
        await Home.RegisterAsync(OtherAgent);
        await Home.GrantAsync("plain", "*", "a/*", "retrieve,use");
        await Home.GrantAsync("limited", Agent, "limited/*", "use,retrieve", "--condition", "max_uses_per_hour=2");
        await Home.GrantAsync("asked", Agent, "asked/*", "use,retrieve", "--condition", "require_approval=true");
    }
}
