using System.Globalization;
using Sanctum.Operations;

namespace Sanctum.Architecture.Tests;

/// <summary>What the documents say of operations is what the vault reads calls by.</summary>
public sealed class OperationDocumentTests
{
    private static readonly string Document = Repository.Text("docs/protocol.md");

    [Fact]
    public void The_table_of_operations_is_the_vaults() => Assert.Contains(
        Table("| operation | what it does | needs | result |", Vault.Operations.Select(operation =>
            $"| {Names(operation.Aliases.Prepend(operation.Name))} | {operation.Summary} | {Names(operation.Actions)} | {Names(operation.Results)} |")),
        Document,
        StringComparison.Ordinal);

    [Fact]
    public void The_table_of_parameters_is_the_vaults() => Assert.Contains(
        Table("| operation | parameter | type | what it is |", Vault.Operations.SelectMany(operation => operation.Parameters.Select(parameter =>
            $"| `{operation.Name}` | {Spellings(parameter)} | {parameter.TypeInWords} | {parameter.Summary}{Limits(parameter)} |"))),
        Document,
        StringComparison.Ordinal);

    [Fact]
    public void Every_parameter_has_one_meaning_in_its_operation() => Assert.All(Vault.Operations, operation =>
    {
        var names = operation.Parameters.SelectMany(parameter => new[] { parameter.Name, parameter.OtherName }.OfType<string>()).ToList();
        Assert.Equal(names, names.Distinct());
        Assert.All(operation.Parameters, parameter => Assert.True(parameter.InsteadOf is null || names.Contains(parameter.InsteadOf)));
    });

    private static string Table(string head, IEnumerable<string> rows) => $"{head}\n|---|---|---|---|\n{string.Join('\n', rows)}\n";

    private static string Names(IEnumerable<string> names) =>
        string.Join(", ", names.Select(name => name.EndsWith('?') ? $"`{name[..^1]}`?" : $"`{name}`"));

    private static string Spellings(OperationParameter parameter) =>
        $"`{parameter.Name}`{(parameter.OtherName is { } other ? $" or `{other}`" : "")}{(parameter.IsRequired ? "" : "?")}";

    private static string Limits(OperationParameter parameter) => string.Concat(
        parameter.Values.Count == 0 ? "" : $" One of {Names(parameter.Values)}.",
        parameter.Above is { } above ? string.Create(CultureInfo.InvariantCulture, $" Above {above}.") : "",
        parameter.InsteadOf is { } first ? $" Not beside `{first}`." : "");
}
