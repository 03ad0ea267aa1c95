namespace Sanctum.Tests.Fixture;

/// <summary>The one way in which a vault says no.</summary>
internal static class Refused
{
    public static async Task<VaultException> WithAsync(VaultErrorCode code, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<VaultException>(call);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }

    public static VaultException With(VaultErrorCode code, Action call)
    {
        var refusal = Assert.Throws<VaultException>(call);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }
}
