using Sanctum.Agents;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Crypto;

public sealed class Ed25519KeyTests
{
    // All points of order 1, 2, 4 and 8, in canonical and non-canonical encodings, as tabulated in "Taming the many EdDSAs"
    // (Chalkias, Garillot, Nikolaenko, 2020), and encodings of y >= p or with a sign that x = 0 can't have.
    public static TheoryData<string> Unacceptable =>
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ];

    [Theory]
    [MemberData(nameof(Unacceptable))]
    public async Task A_key_of_low_order_or_in_another_spelling_is_not_registered(string hex)
    {
        await using var test = await TestVault.CreateAsync();
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams,
            () => test.Vault.Agents.RegisterAsync(test.Operator, AgentName.Parse("bot"), Convert.FromHexString(hex)));
        Assert.Empty(await test.Vault.Agents.ListAsync(test.Operator));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task A_key_has_32_bytes(int length)
    {
        await using var test = await TestVault.CreateAsync();
        using var key = new AgentKey();
        byte[] bytes = [.. key.PublicKey, .. key.PublicKey];
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams,
            () => test.Vault.Agents.RegisterAsync(test.Operator, AgentName.Parse("bot"), bytes.AsMemory(0, length)));
    }
}
