using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Sanctum.Operations;

/// <summary>The operations that this vault can do, under all their names.</summary>
internal sealed class OperationCatalog
{
    private readonly FrozenDictionary<string, IOperation> _operations;

    public OperationCatalog(params IEnumerable<IOperation> operations)
    {
        _operations = operations
            .SelectMany(operation => operation.Description.Aliases.Prepend(operation.Name).Select(name => KeyValuePair.Create(name, operation)))
            .ToFrozenDictionary(StringComparer.Ordinal);
        Descriptions = [.. operations.Select(operation => operation.Description)];
        Names = [.. _operations.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>What every vault can do.</summary>
    public static OperationCatalog Default { get; } = new(
        new SignOperation(),
        new VerifyOperation(),
        new EncryptOperation(),
        new DecryptOperation(),
        new JwtOperation(),
        new HttpHeaderOperation(),
        new HttpRequestOperation());

    /// <summary>What each of them is, in the order of documents.</summary>
    public IReadOnlyList<OperationDescription> Descriptions { get; }

    /// <summary>Every name, aliases included, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Finds an operation by any of its names. When there is none, <see cref="Errors.UnknownOperation"/> says so.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out IOperation? operation) => _operations.TryGetValue(name, out operation);
}
