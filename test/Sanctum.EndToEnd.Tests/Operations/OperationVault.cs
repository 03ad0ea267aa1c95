using System.Security.Cryptography;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>The vault that the tests of the operations share, with a credential of every kind that signs.</summary>
[CollectionDefinition(nameof(OperationVault))]
public sealed class OperationVault : ServedVault, ICollectionFixture<OperationVault>
{
    /// <summary>May use everything, and retrieve nothing.</summary>
    public const string User = "user";

    /// <summary>May use and retrieve everything.</summary>
    public const string Holder = "holder";

    /// <summary>May retrieve everything, and use nothing.</summary>
    public const string Reader = "reader";

    public const string Symmetric = "keys/symmetric";
    public const string Ed25519 = "keys/ed25519";
    public const string Ed25519Pem = "keys/ed25519-pem";
    public const string Ecdsa = "keys/ecdsa";
    public const string Rsa = "keys/rsa";
    public const string Secret = "a symmetric secret, long enough";

    /// <summary>The same secret as <see cref="Symmetric"/> has, which does not make it the same credential.</summary>
    public const string SameSecret = "keys/same-secret";
    public const string Basic = "headers/basic";

    // RFC 8032, section 7.1, TEST 2.
    private const string Seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

    // RFC 8410, section 7: PKCS #8 of an Ed25519 key is this and the seed.
    private const string Pkcs8Prefix = "302e020100300506032b657004220420";

    internal ECDsa EcdsaKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal RSA RsaKey { get; } = RSA.Create(2048);

    protected override async Task FillAsync()
    {
        await Home.StoreAsync(Symmetric, Secret);
        await Home.StoreAsync(SameSecret, Secret);
        await Home.StoreAsync(Ed25519, Seed, "--type", "ed25519");
        await Home.StoreAsync(Ed25519Pem, PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString(Pkcs8Prefix + Seed)));
        await Home.StoreAsync(Ecdsa, EcdsaKey.ExportPkcs8PrivateKeyPem());
        await Home.StoreAsync(Rsa, RsaKey.ExportPkcs8PrivateKeyPem());
        await Home.StoreAsync(Basic, "name:word", "--header-type", "basic");
        foreach (var (agent, actions) in new[] { (User, "use"), (Holder, "use,retrieve"), (Reader, "retrieve") })
        {
            await Home.RegisterAsync(agent);
            await Home.GrantAsync(agent, agent, "*", actions);
        }
    }
}
