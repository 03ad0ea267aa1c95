using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>Where a local variable's value was made.</summary>
internal static class Locals
{
    /// <summary>The creation that a variable is declared with, in the block of the statement that uses it; null where that is not to be seen, or something else happens to it before.</summary>
    public static BaseObjectCreationExpressionSyntax? CreationOf(KeyPlace place, ExpressionSyntax variable, StatementSyntax use)
    {
        if (variable is not IdentifierNameSyntax
            || place.SymbolOf(variable) is not ILocalSymbol local
            || local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not VariableDeclaratorSyntax { Initializer.Value: BaseObjectCreationExpressionSyntax made } declarator)
        {
            return null;
        }

        var statement = declarator.FirstAncestorOrSelf<StatementSyntax>();
        var isBeside = statement?.Parent == use.Parent || (statement?.Parent is GlobalStatementSyntax && use.Parent is GlobalStatementSyntax);
        return isBeside ? made : null;
    }
}
