using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Sanctum.Analyzers;

/// <summary>Recognizes what comes from a client of the vault.</summary>
internal static class ClientMethods
{
    /// <summary>Whether a call gives a secret: it retrieves one, decrypts one, or reads one out of a lease.</summary>
    public static bool GivesSecret(IOperation operation) => operation switch
    {
        IInvocationOperation call => Is(call.TargetMethod, "SanctumClient", "RetrieveAsync") || Is(call.TargetMethod, "CredentialLease", "GetString"),
        _ => false,
    };

    /// <summary>Whether a type is a lease, which has to be disposed.</summary>
    public static bool IsLease(ITypeSymbol? type) => type is { Name: "CredentialLease" or "ServiceLease" } && IsOfClient(type);

    /// <summary>What is under <c>await</c>, <c>ConfigureAwait</c> and conversions.</summary>
    public static IOperation Bare(IOperation operation) => operation switch
    {
        IAwaitOperation awaited => Bare(awaited.Operation),
        IConversionOperation converted => Bare(converted.Operand),
        IInvocationOperation { TargetMethod.Name: "ConfigureAwait", Instance: { } instance } => Bare(instance),
        _ => operation,
    };

    /// <summary>What is around an operation, beyond awaits, conversions and <c>ConfigureAwait</c>.</summary>
    public static IOperation? Outer(IOperation operation)
    {
        var parent = operation.Parent;
        while (parent is IAwaitOperation or IConversionOperation or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" })
        {
            parent = parent.Parent;
        }

        return parent;
    }

    private static bool Is(IMethodSymbol method, string type, string name) => method.Name == name && method.ContainingType.Name == type && IsOfClient(method.ContainingType);

    private static bool IsOfClient(ITypeSymbol type) => type.ContainingNamespace.ToDisplayString() == "Sanctum.Client";
}
