using System.Text.Json;
using System.Text.RegularExpressions;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Sanctum.Mcp.Tools;
using Sanctum.Operations;

namespace Sanctum.Mcp.Tests.Tools;

/// <summary>What a model is told of the tools is what the vault does, and short.</summary>
public sealed partial class ToolDescriptionTests
{
    public static readonly TheoryData<string> Operations = [.. OperationTools.All.Select(tool => tool.Operation)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void A_tools_parameters_and_results_are_its_operations(string name)
    {
        var tool = OperationTools.All.Single(tool => tool.Operation == name);
        var operation = Vault.Operations.Single(operation => operation.Name == name);

        Assert.Equal(operation.Parameters.Select(it => (it.Name, it.IsRequired, TypeOf(it.Type))), tool.Description.Parameters.Skip(1).Select(it => (it.Name, it.IsRequired, it.Type)));
        Assert.Equal(operation.Parameters.SelectMany(it => it.Values), tool.Description.Parameters.SelectMany(it => it.Values));
        Assert.Equal(operation.Results.Order(), tool.Description.Results.Select(it => it.IsRequired ? it.Name : it.Name + "?").Order());
        Assert.Equal("credential", tool.Description.Parameters[0].Name);
    }

    [Fact]
    public void Every_operation_that_gives_no_secret_away_is_a_tool() =>
        Assert.Equal(Vault.Operations.Where(operation => !operation.Discloses).Select(operation => operation.Name).Order(), OperationTools.All.Select(tool => tool.Operation).Order());

    [Fact]
    public void Only_what_sends_requests_reaches_beyond_the_vault_or_changes_anything()
    {
        var others = ToolSet.Always.Where(tool => tool.Name is not ("sanctum_http_request" or "sanctum_request_access")).ToList();

        Assert.All(others, tool => Assert.Equal((true, false, false), (tool.Listed.Annotations!.ReadOnlyHint, tool.Listed.Annotations.DestructiveHint, tool.Listed.Annotations.OpenWorldHint)));
        Assert.Equal(
            [(false, true, true), (false, false, false)],
            ToolSet.Always.Except(others).Select(tool => tool.Listed.Annotations!).Select(it => (it.ReadOnlyHint!.Value, it.DestructiveHint!.Value, it.OpenWorldHint!.Value)));
    }

    [Fact]
    public void The_list_fits_in_a_small_context()
    {
        var list = JsonSerializer.Serialize(new ListToolsResult { Tools = [.. ToolSet.Always.Select(tool => tool.Listed)] }, McpJsonUtilities.DefaultOptions);

        // Four characters are about a token. Words, numbers and signs are at least one each.
        Assert.InRange(list.Length / 4, 1, 2800);
        TestContext.Current.TestOutputHelper!.WriteLine($"{list.Length} characters, {Pieces().Count(list)} words, numbers and signs");
    }

    [GeneratedRegex(@"[A-Za-z]+|\d+|[^\sA-Za-z\d]+")]
    private static partial Regex Pieces();

    private static MemberType TypeOf(ParameterType type) => type switch
    {
        ParameterType.Number => MemberType.Number,
        ParameterType.Texts => MemberType.Texts,
        ParameterType.Members => MemberType.Object,
        _ => MemberType.Text,
    };
}
