using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations;

/// <summary>One credential with its versions, to run operations on without a vault around it.</summary>
internal sealed class Workbench
{
    private readonly Dictionary<int, byte[]> _versions = [];

    public Workbench(byte[] secret, string type = "api_key") => (_versions[1], Type) = (secret, type);

    public Workbench(string secret, string type = "api_key")
        : this(Encoding.UTF8.GetBytes(secret), type)
    {
    }

    public string Type { get; }

    public string Path { get; init; } = "team/key";

    public string? HeaderType { get; init; }

    public JwtRules? Jwt { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public Guid VaultId { get; init; } = Guid.Parse("0f0e0d0c-0b0a-0908-0706-050403020100");

    public int MaxResultBytes { get; init; } = 4 * 1024 * 1024;

    public Action<string> RequireAlgorithm { get; init; } = _ => { };

    public Dictionary<string, string> Details { get; private set; } = [];

    public List<SecretBytes> Opened { get; } = [];

    private int Current { get; set; } = 1;

    public void Rotate(string secret) => _versions[++Current] = Encoding.UTF8.GetBytes(secret);

    public void RemoveVersion(int version) => _versions.Remove(version);

    public async Task<OperationResult> RunAsync(string operation, string parameters = "{}")
    {
        Assert.True(OperationCatalog.Default.TryFind(operation, out var found));
        using var secret = new SecretBytes(_versions[Current]);
        using var json = JsonDocument.Parse(parameters);
        var context = new OperationContext
        {
            Credential = new CredentialInfo
            {
                Path = CredentialPath.Parse(Path),
                Type = Type,
                HeaderType = HeaderType,
                Jwt = Jwt,
                Version = Current,
                CreatedAt = DateTimeOffset.UnixEpoch,
                UpdatedAt = DateTimeOffset.UnixEpoch,
            },
            Secret = secret,
            OpenVersion = Open,
            VaultId = VaultId,
            RequireAlgorithm = RequireAlgorithm,
            MaxResultBytes = MaxResultBytes,
            TimeProvider = TimeProvider,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        var result = await Assert.IsAssignableFrom<IComputedOperation>(found).RunAsync(context, json.RootElement);
        Details = context.Details;
        return result;
    }

    public async Task<T> RunAsync<T>(string operation, object parameters)
        where T : OperationResult => Assert.IsType<T>(await RunAsync(operation, JsonSerializer.Serialize(parameters)));

    /// <summary>The error that an operation ends with.</summary>
    public Task<VaultException> RefusalAsync(string operation, string parameters = "{}") =>
        Assert.ThrowsAsync<VaultException>(() => RunAsync(operation, parameters));

    private ValueTask<SecretBytes?> Open(int version, CancellationToken cancellationToken)
    {
        if (!_versions.TryGetValue(version, out var secret))
        {
            return new((SecretBytes?)null);
        }

        Opened.Add(new SecretBytes(secret));
        return new(Opened[^1]);
    }
}
