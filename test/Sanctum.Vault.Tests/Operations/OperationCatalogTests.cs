using System.Text.Json;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations;

public sealed class OperationCatalogTests
{
    [Theory]
    [InlineData("sign", "sign", false)]
    [InlineData("sign_payload", "sign", false)]
    [InlineData("verify", "verify", false)]
    [InlineData("encrypt", "encrypt", false)]
    [InlineData("decrypt", "decrypt", false)]
    [InlineData("jwt", "jwt", false)]
    [InlineData("http_header", "http_header", true)]
    [InlineData("http_request", "http_request", false)]
    public void Every_operation_is_found_by_every_name(string name, string canonical, bool discloses)
    {
        Assert.True(OperationCatalog.Default.TryFind(name, out var operation));
        Assert.Equal(canonical, operation.Name);
        Assert.Equal(discloses, operation.Description.Discloses);
    }

    [Theory]
    [InlineData("Sign")]
    [InlineData("")]
    public void A_name_that_is_not_listed_is_no_operation(string name) => Assert.False(OperationCatalog.Default.TryFind(name, out _));

    [Fact]
    public void Policies_and_the_catalog_know_the_same_names()
    {
        Assert.Equal(OperationNames.All.Order(StringComparer.Ordinal), OperationCatalog.Default.Names);
        Assert.All(OperationCatalog.Default.Names, name =>
        {
            Assert.True(OperationCatalog.Default.TryFind(name, out var operation));
            Assert.Equal(operation.Name, OperationNames.Canonical(name));
        });
    }

    [Fact]
    public void An_unknown_operation_is_told_which_there_are()
    {
        var error = Errors.UnknownOperation();
        Assert.Equal(VaultErrorCode.UnsupportedOperation, error.Code);
        Assert.Contains("sign", error.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sign", """{"data":"x"}""")]
    [InlineData("verify", """{"data":"x","signature":"AAAA"}""")]
    [InlineData("encrypt", """{"data":"x"}""")]
    [InlineData("http_header", "{}")]
    public async Task A_result_has_the_members_that_are_described(string name, string parameters)
    {
        using var result = await new Workbench("a secret of more than sixteen bytes").RunAsync(name, parameters);
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            result.WriteTo(writer);
        }

        Assert.True(OperationCatalog.Default.TryFind(name, out var operation));
        Assert.Equal(operation.Description.Results, JsonDocument.Parse(json.WrittenMemory).RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task A_value_that_is_described_is_taken()
    {
        foreach (var type in HttpHeaderOperation.Described.Parameters[0].Values)
        {
            var name = type == "custom" ? ""","header_name":"X-Key" """ : "";
            using var result = await new Workbench("a secret of more than sixteen bytes").RunAsync("http_header", $$"""{"header_type":"{{type}}"{{name}}}""");
            Assert.IsType<HttpHeaderResult>(result);
        }
    }
}
