import { NavMenu } from '@shopify/app-bridge-react';
import { Link } from '@remix-run/react';

/** The app's menu in Shopify Admin, drawn by App Bridge from these links. `operator`: for administrators. */
export function ConsoleMenu({ operator }: { operator: boolean }) {
  return (
    <NavMenu>
      {/* App Bridge puts this one behind the app's own name and does not list it. */}
      <Link to="/app" rel="home">
        Calibrate
      </Link>
      <Link to="/app/pricing">Pricing</Link>
      <Link to="/app/changes">Changes</Link>
      <Link to="/app/rules">Rules</Link>
      <Link to="/app/audit">Audit</Link>
      <Link to="/app/settings">Settings</Link>
      {operator ? <Link to="/app/operations">Operations</Link> : null}
    </NavMenu>
  );
}
